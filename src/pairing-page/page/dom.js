/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`the page has no ${id}`);
  return found;
}

/** Shows a text, and leaves the page alone where it stands already: screen readers speak of every change. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Says what is wrong with what stands in a field, or takes that back. @param {HTMLInputElement} field @param {string} problem */
export function judge(field, problem) {
  say(part(`${field.id}-problem`, HTMLElement), problem);
  if (problem === '') field.removeAttribute('aria-invalid');
  else {
    field.setAttribute('aria-invalid', 'true');
    field.focus();
  }
}

/** @param {string} id @param {() => void} clicked */
export function onClick(id, clicked) {
  part(id, HTMLButtonElement).addEventListener('click', clicked);
}

/** @param {string} id @param {() => void} submitted */
export function onSubmit(id, submitted) {
  part(id, HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    submitted();
  });
}
