// The page hands a text on when its field is left, or at Ctrl+Enter. A report is saved while it
// is typed: this presses that key, at most every 0.8 s, and at once when the page is hidden.
(() => {
  if (window.clarityTyping) return;
  window.clarityTyping = true;
  const SECONDS = 0.8;
  const FIELDS = ".st-key-report textarea, .st-key-report input[type=text]";
  const waiting = new Map();
  const hand = (field) => {
    clearTimeout(waiting.get(field));
    waiting.delete(field);
    const key = { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true, cancelable: true };
    field.dispatchEvent(new KeyboardEvent("keydown", key));
  };
  const later = (field) => {
    if (!waiting.has(field)) waiting.set(field, setTimeout(() => hand(field), SECONDS * 1000));
  };
  const all = () => [...waiting.keys()].forEach(hand);
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field instanceof Element && field.matches(FIELDS) && !event.isComposing) later(field);
  });
  document.addEventListener("compositionend", (event) => {
    if (event.target instanceof Element && event.target.matches(FIELDS)) later(event.target);
  });
  document.addEventListener("visibilitychange", all);
  window.addEventListener("pagehide", all);
})();
