/**
 * Returns an element of the page by its id.
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

/**
 * Sets the text of an element, but only when it differs: screen readers announce every change.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} text empty: hides the banner */
export function setBanner(text) {
  const banner = part('banner', HTMLElement);
  banner.hidden = text === '';
  setText(banner, text);
}

/** Shows the problem of a field beside it. @param {HTMLInputElement} field @param {string} problem empty: removes it */
export function showProblem(field, problem) {
  setText(part(`${field.id}-problem`, HTMLElement), problem);
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
