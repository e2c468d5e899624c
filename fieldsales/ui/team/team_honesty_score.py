"""The score laid open: from how many deals it was learned, whether it beats the rank alone, and what weighs how much."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.domain.scoring import Feature, Score, Trained
from fieldsales.services.honesty.scores import KnownScore, read_score, weights_by_feature
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.wording.honesty import FEATURES, say_missing_for_score


def draw_score(page: Page) -> None:
    """Draw what was learned last night; without deals enough, how many are missing."""
    _ = page.text.gettext
    with page.database.read() as session:
        known = read_score(session, page.user)
    with st.container(key="honesty_score", gap="xsmall"):
        title = _("What history suggests")
        st.html(f'<h3 class="fs-section">{html.escape(title)}</h3>')
        st.caption(_("Learned every night from the won and lost deals of all teams. It advises; the rank stays as the rep says."))
        if known is None:
            st.info(_("Nothing was learned yet. It is done every night while the server runs."), icon=":material/hourglass_empty:")
        elif known.score.trained is None:
            st.info(say_missing_for_score(known.score, page.text), icon=":material/hourglass_empty:")
        else:
            _draw_learned(page, known, known.score.trained)


def _draw_learned(page: Page, known: KnownScore, trained: Trained) -> None:
    _, text, score = page.text.gettext, page.text, known.score
    cells = (
        (f"{trained.log_loss:.3f}", _("Score")),
        (f"{trained.rank_log_loss:.3f}", _("Rank alone")),
        (text.number(score.deals), _("Decided deals")),
    )
    drawn = "".join(f"<div><b>{html.escape(value)}</b><span>{html.escape(name)}</span></div>" for value, name in cells)
    st.html(f'<div class="fs-honesty-figures fs-three">{drawn}</div>')
    note = _("Log loss on deals not learned from ({folds} folds); lower is better. The difference is uncertain by ±{error}.")
    st.caption(note.format(folds=trained.folds, error=f"{2 * trained.gain_error:.3f}"))
    if score.foretells:
        sentence = _("History foretells better than the rank alone. Its suggestion stands on each open customer's card, with the reasons.")
        st.success(sentence, icon=":material/insights:")
    else:
        sentence = _("History does not foretell better than the rank alone by more than chance. No suggestions are shown.")
        st.info(sentence, icon=":material/insights:")
    st.caption(_("Learned {moment}.").format(moment=text.moment(known.trained_at, zone=page.zone)))
    _draw_weights(page, score)


def _draw_weights(page: Page, score: Score) -> None:
    _ = page.text.gettext
    weights = sorted(weights_by_feature(score).items(), key=lambda pair: -abs(pair[1]))
    with st.expander(_("What weighs how much"), key="honesty_weights"):
        st.caption(_("What a usual deviation from the average deal adds to the log-odds of winning; negative speaks against it."))
        strongest = max((abs(weight) for _feature, weight in weights), default=0.0) or 1.0
        rows = "".join(_weight_row(page, feature, weight, strongest) for feature, weight in weights)
        st.html(f'<div class="fs-honesty-table"><table><tbody>{rows}</tbody></table></div>')
        header = [_("What"), _("Weight")]
        cells = [(_(FEATURES[feature]), round(weight, 4)) for feature, weight in weights]
        draw_table_export(page, key="honesty_weights", name=_("What weighs how much"), header=header, rows=cells, names_customers=False)


def _weight_row(page: Page, feature: Feature, weight: float, strongest: float) -> str:
    side = "left:50%" if weight >= 0 else "right:50%"
    bar = f'<span class="fs-weight" aria-hidden="true"><i style="{side};width:{50 * abs(weight) / strongest:.1f}%"></i></span>'
    name = html.escape(page.text.gettext(FEATURES[feature]))
    return f"<tr><td>{name}{bar}</td><td class=fs-number>{weight:+.2f}</td></tr>"
