// Holding a stop and putting it elsewhere: by its grip with mouse or finger at once, by its row with a finger held still.
//
// The row follows the finger, the others make room; nothing is sent before it is dropped, and Escape puts it back.
const HOLD_MS = 380;
const SLIP_PX = 8;
const EDGE_PX = 96;
const SPEED_PX = 14;

function scrollerOf(node) {
  for (let at = node.getRootNode().host ?? node; at; at = at.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowY) && at.scrollHeight > at.clientHeight + 1) return at;
  }
  return document.scrollingElement;
}

class Drag {
  constructor(timeline) {
    this.timeline = timeline;
    this.list = timeline.list;
    this.held = null;
    this.dropped = 0;
    timeline.listen(this.list, "pointerdown", (event) => this.onGrip(event));
    timeline.listen(this.list, "touchstart", (event) => this.onTouch(event), { passive: true });
    // Not passive: once a row is held, the page below it must stay where it is.
    timeline.listen(this.list, "touchmove", (event) => this.onTouchMove(event), { passive: false });
    for (const name of ["touchend", "touchcancel"]) timeline.listen(this.list, name, () => this.onTouchEnd(name));
    timeline.listen(this.list, "contextmenu", (event) => (this.held || this.waiting) && event.preventDefault());
    timeline.listen(document, "keydown", (event) => event.key === "Escape" && this.held && this.drop({ back: true }));
  }

  justDropped() {
    return Date.now() - this.dropped < 400;
  }

  onGrip(event) {
    const grip = event.target.closest(".grip");
    if (!grip || event.button > 0) return;
    const item = grip.closest("li.stop");
    event.preventDefault();
    grip.focus({ preventScroll: true });
    grip.setPointerCapture(event.pointerId);
    const move = (moved) => this.held && this.follow(moved.clientY);
    const end = (ended) => {
      for (const name of ["pointermove", "pointerup", "pointercancel"]) grip.removeEventListener(name, name === "pointermove" ? move : end);
      this.drop({ back: ended.type === "pointercancel" });
    };
    grip.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) grip.addEventListener(name, end);
    this.hold(item, event.clientY);
  }

  onTouch(event) {
    const item = event.target.closest("li.stop");
    if (!item?.querySelector(".grip") || event.target.closest(".grip, .arrows") || event.touches.length > 1) return;
    const { clientX, clientY } = event.touches[0];
    this.waiting = { x: clientX, y: clientY, timer: setTimeout(() => this.hold(item, clientY), HOLD_MS) };
  }

  onTouchMove(event) {
    if (!this.waiting) return;
    const { clientX, clientY } = event.touches[0];
    if (this.held && !event.cancelable) {
      this.stopWaiting(); // the page was rolling already: the finger belongs to it
      this.drop({ back: true });
    } else if (this.held) {
      event.preventDefault();
      this.follow(clientY);
    } else if (Math.hypot(clientX - this.waiting.x, clientY - this.waiting.y) > SLIP_PX) this.stopWaiting();
  }

  onTouchEnd(name) {
    if (!this.waiting) return;
    this.stopWaiting();
    if (this.held) this.drop({ back: name === "touchcancel" });
  }

  stopWaiting() {
    clearTimeout(this.waiting?.timer);
    this.waiting = null;
  }

  hold(item, y) {
    if (this.held || !item.isConnected) return;
    const items = [...this.list.querySelectorAll("li.stop")];
    const from = items.indexOf(item);
    this.scroller = scrollerOf(this.list);
    const boxes = items.map((other) => other.getBoundingClientRect());
    this.held = { item, items, boxes, from, to: from, y, at: y, scrolled: this.scroller.scrollTop };
    item.classList.add("held");
    this.list.classList.add("dragging");
    navigator.vibrate?.(12);
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  follow(y) {
    const held = this.held;
    held.at = y;
    const by = y - held.y + this.scroller.scrollTop - held.scrolled;
    const { boxes, from } = held;
    const middle = boxes[from].top + boxes[from].height / 2 + by;
    held.to = boxes.reduce((to, box, index) => {
      const half = box.top + box.height / 2;
      if (index < from && middle < half) return Math.min(to, index);
      return index > from && middle > half ? Math.max(to, index) : to;
    }, from);
    held.item.style.transform = `translateY(${by}px)`;
    held.items.forEach((other, index) => {
      if (other === held.item) return;
      const up = index > from && index <= held.to, down = index < from && index >= held.to;
      other.style.transform = up ? `translateY(${-boxes[from].height}px)` : down ? `translateY(${boxes[from].height}px)` : "";
    });
  }

  /** Scroll the page while the row is held near its edge. */
  scroll() {
    if (!this.held) return;
    const box = this.scroller === document.scrollingElement ? { top: 0, bottom: innerHeight } : this.scroller.getBoundingClientRect();
    const { at } = this.held;
    const by = at < box.top + EDGE_PX ? -SPEED_PX : at > box.bottom - EDGE_PX * 1.6 ? SPEED_PX : 0;
    if (by) {
      this.scroller.scrollTop += by;
      this.follow(at);
    }
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  drop({ back = false } = {}) {
    const held = this.held;
    if (!held) return;
    cancelAnimationFrame(this.frame);
    this.held = null;
    this.dropped = Date.now();
    this.list.classList.remove("dragging");
    held.item.classList.remove("held");
    for (const item of held.items) item.style.transform = "";
    if (!back) this.timeline.place(Number(held.item.dataset.id), held.to);
    this.timeline.catchUp();
  }

  close() {
    this.stopWaiting();
    cancelAnimationFrame(this.frame);
  }
}
