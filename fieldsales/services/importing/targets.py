"""Which customer a row means: by own code, by the number in our own exports, by name and address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from fieldsales.db.models import Customer
from fieldsales.domain.matching import phone_key
from fieldsales.domain.tables import TableFormat, writable
from fieldsales.services.access import Scope
from fieldsales.services.customers.customer_input import CustomerInput
from fieldsales.services.customers.customers import apply_values
from fieldsales.services.importing.drafts import new_customer
from fieldsales.services.importing.errors import CodeOfOthers
from fieldsales.services.importing.fields import Field
from fieldsales.services.importing.rows import ParsedRow, RowReader
from fieldsales.services.pins.locating import PinState

_EXPORTS = (TableFormat("csv", "utf-8-sig"), TableFormat("csv", "cp932"))


@dataclass(slots=True, eq=False)
class Target:
    """The customer that rows of the list mean; asleep (`customer` None) between the chunks that speak of it."""

    customer: Customer | None
    id: int | None = None
    line: int = 0
    values: CustomerInput | None = None
    state: PinState = PinState.PENDING
    touched: bool = False


@dataclass(slots=True)
class Targets:
    """The customers of the current chunk and what has become of those before it.

    Customers that the actor may not see are known by their code alone, to keep hands off them.
    """

    session: Session
    scope: Scope
    reader: RowReader
    now: datetime
    locking: bool
    _awake: list[Target] = field(default_factory=list)
    _by_id: dict[int, Target] = field(default_factory=dict)
    _by_line: dict[int, Target] = field(default_factory=dict)
    _by_code: dict[str, Target] = field(default_factory=dict)
    _by_key: dict[str, list[Target]] = field(default_factory=dict)
    _stored_codes: dict[str, Target] = field(default_factory=dict)
    _stored_keys: dict[str, list[Target]] = field(default_factory=dict)
    _hidden_codes: set[str] = field(default_factory=set)
    _former_codes: dict[str, int] = field(default_factory=dict)
    _former_keys: dict[str, int] = field(default_factory=dict)

    def prepare(self, rows: Sequence[ParsedRow], refs: Iterable[str]) -> None:
        """Load and lock the customers that these rows, or the decisions `refs` on them, may mean."""
        self._stored_codes, self._stored_keys, self._hidden_codes = {}, {}, set()
        self._former_codes, self._former_keys = {}, {}
        parsed = [row for row in rows if row.values is not None]
        codes = sorted({row.values.code for row in parsed if row.values and row.values.code})
        keys = sorted({row.key for row in parsed})
        ids = {row.record_id for row in parsed if row.record_id is not None} | {
            int(ref[1:]) for ref in refs if ref[:1] == "c" and ref[1:].isdigit()
        }
        known = [self._by_code.get(code) for code in codes] + [t for key in keys for t in self._by_key.get(key, ())]
        ids |= {target.id for target in known if target is not None and target.id is not None}
        for condition in (Customer.code.in_(codes), Customer.match_key.in_(keys), Customer.id.in_(sorted(ids))):
            self._load(condition)

    def _load(self, condition: ColumnElement[bool]) -> None:
        query = select(Customer).where(condition).order_by(Customer.id).options(selectinload(Customer.tags))
        if self.locking:
            query = query.with_for_update(of=Customer)
        heirs = set()
        for customer in self.session.scalars(query).all():
            if not self.scope.admits(customer.owner_id, customer.team_id):
                self._hidden_codes.add(customer.code or "")
                continue
            if customer.merged_into_id is not None:
                heirs.add(self._note_heir(customer))
                continue
            target = self._by_id.setdefault(customer.id, Target(customer, customer.id))
            target.customer = customer
            self._awake.append(target)
            if customer.code:
                self._stored_codes[customer.code] = target
            same = self._stored_keys.setdefault(customer.match_key, [])
            if target not in same:
                same.append(target)
        if heirs:
            self._load(Customer.id.in_(sorted(heirs)))

    def _note_heir(self, merged: Customer) -> int:
        """Remember whom the code and the name of a merged customer mean today, and return that customer's id."""
        heir = merged
        while heir.merged_into_id is not None:
            heir = self.session.get_one(Customer, heir.merged_into_id)
        if merged.code:
            self._former_codes[merged.code] = heir.id
        self._former_keys[merged.match_key] = heir.id
        return heir.id

    def keeps_code(self, row: ParsedRow) -> bool:
        """True when a row's code is that of a merged customer: it finds the one that was kept, whose own code stays."""
        return row.values is not None and row.values.code in self._former_codes

    def find(self, row: ParsedRow) -> Target | None:
        """Return the customer that a row means, None for a new one.

        Raises:
            CodeOfOthers: the code belongs to a customer that the actor may not see.
        """
        code = row.values.code if row.values else ""
        if code:
            target = self._by_code.get(code) or self._stored_codes.get(code)
            if target is not None and self.wake(target).code == code:
                return target
            if code in self._former_codes:
                target = self._by_id.get(self._former_codes[code])
                if target is None:
                    raise CodeOfOthers(value=code)
                return target
            if code in self._hidden_codes:
                raise CodeOfOthers(value=code)
        return self._find_record(row) or self._find_key(row) or self._find_former(row)

    def _find_former(self, row: ParsedRow) -> Target | None:
        """Return the heir of a merged customer with this name and address; a code of its own makes a row somebody new."""
        named = row.values is not None and not row.values.code and not row.key.endswith("|")
        return self._by_id.get(self._former_keys[row.key]) if named and row.key in self._former_keys else None

    def find_ref(self, ref: str) -> Target | None:
        """Return the customer that a decision names: c and an id, r and the line of an earlier row; None when it is gone."""
        if not ref[1:].isdigit():
            return None
        number = int(ref[1:])
        if ref[0] == "r":
            return self._by_line.get(number)
        if number not in self._by_id:
            self._load(Customer.id == number)
        return self._by_id.get(number)

    def wake(self, target: Target) -> Customer:
        """Return the customer of a target; one that a dry run has created is built again from its values."""
        if target.customer is None:
            if target.id is not None:
                self._load(Customer.id == target.id)
            else:
                target.customer = new_customer(self.now)
                self._awake.append(target)
                if target.values is not None:
                    apply_values(target.customer, target.values, now=self.now)
        if target.customer is None:
            raise LookupError(target.id)
        return target.customer

    def remember(self, target: Target) -> None:
        """Let later rows find a customer by what it has become."""
        customer = self.wake(target)
        target.touched = True
        if customer.code:
            self._by_code[customer.code] = target
        same = self._by_key.setdefault(customer.match_key, [])
        if target not in same:
            same.append(target)
        if target.line:
            self._by_line[target.line] = target
        if target.id is not None:
            self._by_id[target.id] = target
        self._awake.append(target)

    def let_go(self) -> None:
        """Forget the loaded customers at the end of a chunk; what they have become is in the database or in their values."""
        for target in self._awake:
            target.customer = None
            if not target.touched and target.id is not None:
                self._by_id.pop(target.id, None)
        self._awake.clear()

    def stored(self, target: Target, customer_id: int) -> None:
        """Note the id that a new customer has been given."""
        target.id = customer_id
        self._by_id[customer_id] = target

    def _find_record(self, row: ParsedRow) -> Target | None:
        """Return the customer whose number our export wrote, if name, address or code still agree: ids repeat elsewhere."""
        target = self._by_id.get(row.record_id) if row.record_id is not None else None
        if target is None or row.values is None:
            return None
        customer = self.wake(target)
        names, sites = zip(customer.match_key.split("|", 1), row.key.split("|", 1), strict=True)
        agrees = names[0] == names[1] or (sites[0] == sites[1] != "")
        return target if agrees or (customer.code and customer.code == row.values.code) or self._shows(row, customer) else None

    def _shows(self, row: ParsedRow, customer: Customer) -> bool:
        """True when a name or code is what an export makes of this one, be it with characters that its encoding lacks."""
        for wanted, stored in ((Field.NAME, customer.name), (Field.CODE, customer.code or "")):
            number = self.reader.number_of(wanted)
            cell = row.cells[number].strip() if number is not None and number < len(row.cells) else ""
            if cell and cell in {writable(stored, form).strip() for form in _EXPORTS}:
                return True
        return False

    def _find_key(self, row: ParsedRow) -> Target | None:
        if row.values is None:
            return None
        found = []
        for target in (*self._by_key.get(row.key, ()), *self._stored_keys.get(row.key, ())):
            customer = self.wake(target)
            if customer.match_key != row.key or target in found:
                continue
            if row.values.code and customer.code and customer.code != row.values.code:
                continue
            # A name without an address tells nobody apart.
            if row.key.endswith("|") and phone_key(customer.phone) != phone_key(row.values.phone):
                continue
            found.append(target)
        return min(found, key=lambda t: (t.touched, t.id or 0, t.line), default=None)
