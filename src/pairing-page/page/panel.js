import { part, setText } from './dom.js';
import { readable } from './phone-number.js';
import { QrPicture } from './qr-picture.js';
import { duration, ON_THE_PHONE, spelled } from './scene.js';

/**
 * Renders a scene into the elements of the page.
 *
 * @typedef {import('./account-state.js').AccountState} AccountState
 * @typedef {import('./account-state.js').ShownStep} ShownStep
 * @typedef {import('./scene.js').Scene} Scene
 */

const SINCE = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });

/** @param {'span' | 'b'} name @param {readonly (string | Node)[]} content */
function element(name, content) {
  const made = document.createElement(name);
  made.append(...content);
  return made;
}

export class Panel {
  #panel = part('panel', HTMLElement);
  #badge = part('badge', HTMLElement);
  #title = part('title', HTMLElement);
  #lead = part('lead', HTMLElement);
  #spoken = part('spoken', HTMLElement);
  #notice = part('notice', HTMLElement);
  #noticeMessage = part('notice-message', HTMLElement);
  #noticeAdvice = part('notice-advice', HTMLElement);
  #dismiss = part('dismiss', HTMLElement);
  #step = part('step', HTMLElement);
  #card = part('card', HTMLElement);
  #qr = part('qr', HTMLImageElement);
  #phoneCode = part('phone-code', HTMLElement);
  #letters = part('letters', HTMLElement);
  #lettersSpelled = part('letters-spelled', HTMLElement);
  #preparing = part('preparing', HTMLElement);
  #life = part('life', HTMLElement);
  #onThePhone = part('on-the-phone', HTMLElement);
  #linked = part('linked', HTMLElement);
  #number = part('number', HTMLElement);
  #numberLabel = part('number-label', HTMLElement);
  #since = part('since', HTMLElement);
  #sinceLabel = part('since-label', HTMLElement);
  #byNumber = part('by-number', HTMLElement);
  #otherWay = part('other-way', HTMLElement);
  #withKey = part('with-key', HTMLElement);
  #onward = part('onward', HTMLAnchorElement);
  #ring = /** @type {SVGRectElement} */ (/** @type {unknown} */ (document.getElementById('ring')));
  #actions = {
    pair: part('pair', HTMLButtonElement),
    reconnect: part('reconnect', HTMLButtonElement),
    stop: part('stop', HTMLButtonElement),
    disconnect: part('disconnect', HTMLButtonElement),
  };
  #picture = new QrPicture(this.#qr, (ready) => {
    this.#card.toggleAttribute('data-ready', ready);
  });

  /**
   * @param {Scene} scene
   * @param {AccountState} state
   * @param {boolean} askForNumber whether the user sees a QR code and wants to enter the number instead
   */
  show(scene, state, askForNumber) {
    const focused = document.activeElement;
    this.#panel.dataset['tone'] = scene.tone;
    this.#panel.dataset['body'] = scene.body;
    this.#badge.dataset['tone'] = scene.tone;
    setText(this.#badge, scene.badge);
    setText(this.#title, scene.title);
    setText(this.#lead, scene.lead);
    this.#lead.hidden = scene.lead === '';
    this.#showNotice(scene.notice);
    this.#showStep(scene, state);
    this.#showLink(scene, state);
    for (const [name, button] of Object.entries(this.#actions)) {
      button.hidden = !scene.actions.some((action) => action === name);
    }
    this.#withKey.hidden = scene.body !== 'key';
    this.#showOnward(scene.onward ?? null);
    const form = scene.otherWay === 'by-number' || (scene.otherWay === 'to-number' && askForNumber);
    this.#byNumber.hidden = !form;
    this.#otherWay.hidden = form || scene.otherWay === null;
    setText(
      this.#otherWay,
      scene.otherWay === 'to-qr' ? 'Use a QR code instead' : 'Use the phone number instead',
    );
    this.#speak(scene, state);
    // A hidden button loses the focus. The title gets it, so that keyboard users continue there.
    const gone = focused instanceof HTMLElement && focused.closest('[hidden]') !== null;
    if (gone && this.#panel.contains(focused)) this.#title.focus();
  }

  /** Shows the remaining time of the step. @param {ShownStep | null} step @param {number} nowMs */
  showLife(step, nowMs) {
    const leftMs = step ? Math.max(0, step.expiresAtMs - nowMs) : 0;
    const left = step ? Math.min(1, leftMs / step.lifeMs) : 0;
    this.#ring.style.strokeDashoffset = String(1 - left);
    const words = step?.type === 'code' ? 'Valid for' : 'New code in';
    setText(this.#life, step && leftMs > 0 ? `${words} ${duration(leftMs)}` : '');
  }

  /** @param {string} text announced once to screen readers and not shown */
  announce(text) {
    setText(this.#spoken, text);
  }

  /** @param {Scene['notice']} notice */
  #showNotice(notice) {
    this.#notice.hidden = notice === null;
    setText(this.#noticeMessage, notice?.message ?? '');
    setText(this.#noticeAdvice, notice?.advice ?? '');
    this.#noticeAdvice.hidden = !notice?.advice;
    this.#dismiss.hidden = !notice?.dismissable;
  }

  /** Accepts only web addresses; the service has checked the address itself. @param {string | null} url */
  #showOnward(url) {
    this.#onward.hidden = !/^https?:/i.test(url ?? '');
    if (url !== null && !this.#onward.hidden) this.#onward.href = url;
  }

  /** @param {Scene} scene @param {AccountState} state */
  #showStep({ body }, { accountId, step }) {
    const known = body === 'qr' || body === 'code' ? body : null;
    this.#step.hidden = known === null && body !== 'preparing';
    this.#qr.hidden = body !== 'qr';
    this.#phoneCode.hidden = body !== 'code';
    this.#preparing.hidden = body !== 'preparing';
    if (body === 'qr' && step) this.#picture.show(accountId, `${step.sequence} ${step.expiresAtMs}`);
    else this.#picture.clear();
    const code = body === 'code' ? (step?.value ?? '') : '';
    setText(this.#letters, code);
    setText(this.#lettersSpelled, spelled(code));
    const lines = known ? ON_THE_PHONE[known] : [];
    if (this.#onThePhone.dataset['for'] === (known ?? '')) return;
    this.#onThePhone.dataset['for'] = known ?? '';
    this.#onThePhone.replaceChildren(
      ...lines.map((line) => {
        const item = document.createElement('li');
        item.append(
          element(
            'span',
            line.split('*').map((text, index) => (index % 2 ? element('b', [text]) : text)),
          ),
        );
        return item;
      }),
    );
  }

  /** @param {Scene} scene @param {AccountState} state */
  #showLink({ body }, { status, linkedAt }) {
    this.#linked.hidden = body !== 'linked';
    const phone = status?.servicePhone ?? null;
    this.#number.hidden = this.#numberLabel.hidden = phone === null;
    setText(this.#number, phone === null ? '' : readable(phone));
    this.#since.hidden = this.#sinceLabel.hidden = linkedAt === null;
    if (linkedAt === null) return;
    const time = document.createElement('time');
    time.dateTime = linkedAt;
    time.textContent = SINCE.format(new Date(linkedAt));
    const text = `Linked since ${time.textContent}`;
    if (this.#since.textContent !== text) this.#since.replaceChildren('Linked since ', time);
  }

  /**
   * Announces a new state and a code to type to screen readers, but not every new QR code.
   * @param {Scene} scene
   * @param {AccountState} state
   */
  #speak({ body, title, lead, notice }, { step }) {
    const code = body === 'code' ? spelled(step?.value ?? '') : '';
    const parts = [title, code, lead, notice?.message, notice?.advice].filter(Boolean);
    const text = parts.join('. ').replaceAll('.. ', '. ');
    if (this.#panel.dataset['said'] === text) return;
    this.#panel.dataset['said'] = text;
    setText(this.#spoken, text);
  }
}
