import { deniedScene, isInvalidKey, isDenial, problemOf } from './access-scene.js';
import { AccountList } from './account-list.js';
import { fold, nothingKnown } from './account-state.js';
import { address, CallFailed, post, read } from './api.js';
import { part, setBanner } from './dom.js';
import { EventStream } from './event-stream.js';
import { KeyForm } from './key-form.js';
import { linkSceneOf } from './link-scene.js';
import { Panel } from './panel.js';
import { duration, sceneOf } from './scene.js';
import { forgetKey } from './secret.js';
import { ServerClock } from './server-clock.js';

/** The interval at which the page updates the remaining time of codes. */
const TICK_MS = 250;
/** The time without a connection after which the page reports it. Shorter interruptions are not shown. */
const LOST_AFTER_MS = 700;
const LIST_PAUSE_MS = 15_000;
/**
 * The interval of extra reads while the page waits for a code. They find a step of an unknown type, because its event
 * is also of an unknown type and is ignored.
 */
const CHECK_PAUSE_MS = 3_000;

/** The page was opened under a host name that the service does not allow. */
const HOST_NOT_ALLOWED = `The service refuses requests under the host name “${location.hostname}”. Ask its operator to allow that name (WHATSAPP_ALLOWED_HOSTS).`;
const UNAVAILABLE = 'The service does not answer. This page continues automatically when it is back.';

/** Errors that an event reports with more detail. */
const REPORTED_BY_EVENTS = ['code_refused', 'pairing_failed', 'no_pairing'];
/** Errors that are shown beside the input field. */
const FIELD_ERRORS = ['invalid_request', 'number_forbidden'];

/** The controller of the page: follows one account, and carries out the user's actions. */
export class AccountPage {
  state;
  #clock = new ServerClock();
  #panel = new Panel();
  #others = part('others', HTMLElement);
  #list;
  #keyForm;
  #stream;
  /** @type {import('./scene.js').Connection} */
  #connection = 'begin';
  #asksForNumber = false;
  /** The error of the last call, when no event reports it. @type {import('./scene.js').Scene['notice']} */
  #answer = null;
  /** The error code that denies access to the account; null: access is allowed. @type {string | null} */
  #denial = null;
  #linkIsUsed = false;
  #busy = false;
  #received = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lostTimer;
  /** The last refusal of the event stream; null: none. @type {import('./api.js').Refusal | null} */
  #refusal = null;

  /**
   * @param {string} accountId
   * @param {import('./answers.js').PageLink | null} link the page link that the page was opened with; null: none
   */
  constructor(accountId, link) {
    this.accountId = accountId;
    this.link = link;
    this.state = nothingKnown(accountId);
    this.#list = link ? null : this.#listOfAccounts();
    this.#keyForm = link
      ? null
      : new KeyForm(() => {
          this.#denial = null;
          this.show();
          this.#stream.open();
        });
    this.#stream = new EventStream(address('events', { accountId }), {
      opened: () => {
        this.#opened();
      },
      received: (update) => {
        this.#receive(update);
      },
      lost: (refusal) => {
        this.#lost(refusal);
      },
    });
    this.show();
    setInterval(() => {
      this.show();
    }, TICK_MS);
    setInterval(() => {
      if (document.visibilityState === 'visible' && !this.#others.hidden) void this.#list?.refresh();
    }, LIST_PAUSE_MS);
    setInterval(() => {
      const { status, step } = this.state;
      const awaited = status?.status === 'pending' && (step === null || step.expiresAtMs < this.#clock.nowMs);
      if (awaited && this.#connection === 'live') void this.#check();
    }, CHECK_PAUSE_MS);
  }

  show() {
    const scene = this.#scene();
    if (scene.otherWay !== 'to-number') this.#asksForNumber = false;
    this.#panel.show({ ...scene, notice: this.#answer ?? scene.notice }, this.state, this.#asksForNumber);
    const counts = scene.body === 'qr' || scene.body === 'code';
    this.#panel.showLife(counts ? this.state.step : null, this.#clock.nowMs);
    this.#others.hidden = this.link !== null || scene.body === 'key';
    this.#keyForm?.show();
    document.title = [scene.title, this.link ? '' : this.accountId, 'Link WhatsApp']
      .filter(Boolean)
      .join(' – ');
  }

  /** Shows the form for the phone number although a QR code is shown. */
  askForNumber() {
    this.#asksForNumber = true;
    this.show();
  }

  /** @param {string} text announced once to screen readers */
  announce(text) {
    this.#panel.announce(text);
  }

  /**
   * Sends a call for an action of the user.
   * @param {HTMLButtonElement} button the pressed button
   * @param {string} busyLabel its label until the answer arrives
   * @param {string} path
   * @param {Record<string, string>} [body]
   * @returns {Promise<string | null>} the code of an error that the caller has to show beside its field; null: none
   */
  async act(button, busyLabel, path, body = {}) {
    if (this.#busy) return null;
    this.#busy = true;
    this.#answer = null;
    const label = button.textContent;
    button.textContent = busyLabel;
    button.setAttribute('aria-busy', 'true');
    try {
      await post(path, { accountId: this.accountId, ...body });
      return null;
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (error.code !== null && FIELD_ERRORS.includes(error.code)) return error.code;
      this.#failed(path, error);
      return null;
    } finally {
      this.#busy = false;
      button.textContent = label;
      button.removeAttribute('aria-busy');
      this.show();
    }
  }

  /** @returns {boolean} whether the error of a call was shown and is dismissed now */
  dismissAnswer() {
    const there = this.#answer !== null;
    this.#answer = null;
    this.show();
    return there;
  }

  #listOfAccounts() {
    return new AccountList(this.accountId, {
      answered: (serverMs) => {
        this.#clock.update(serverMs);
      },
      silent: () => {
        if (this.#denial !== null) return;
        this.#lost(null);
        this.#stream.open();
      },
    });
  }

  #scene() {
    const { state } = this;
    if (this.#denial !== null) return deniedScene(this.#denial);
    const nowMs = this.#clock.nowMs;
    if (this.link) return linkSceneOf(state, this.#connection, nowMs, this.link, this.#linkIsUsed);
    return sceneOf(state, this.#connection, nowMs);
  }

  /** @param {string} path of the call @param {CallFailed} failed */
  #failed(path, { code, message, retryAfterS }) {
    if (code === 'scope_missing') {
      const advice = `Use a key with the scope “${path === 'disconnect' ? 'disconnect' : 'pair'}”.`;
      this.#answer = { message: 'The current key does not allow this.', advice, dismissable: true };
    } else if (isDenial(code)) this.#deny(code ?? '');
    else if (code === null || !REPORTED_BY_EVENTS.includes(code)) {
      const advice = retryAfterS === null ? '' : `Try again in ${duration(retryAfterS * 1_000)}.`;
      this.#answer = { message, advice, dismissable: true };
    }
  }

  /**
   * Access is denied, or no longer allowed: removes everything from the page that the user may not see.
   * @param {string} code
   */
  #deny(code) {
    clearTimeout(this.#lostTimer);
    this.#lostTimer = undefined;
    this.#stream.end();
    this.#connection = 'begin';
    setBanner('');
    this.#answer = null;
    this.#linkIsUsed = code === 'link_used' && this.state.status?.authExists === true;
    if (!this.#linkIsUsed) {
      this.#denial = code;
      this.state = nothingKnown(this.accountId);
      this.#list?.clear();
    }
    if (isInvalidKey(code)) forgetKey();
    this.show();
    this.#keyForm?.showProblem(problemOf(code));
    if (code === 'account_forbidden') void this.#list?.refresh();
  }

  /** @param {import('./answers.js').AccountUpdate} update */
  #receive(update) {
    this.#received += 1;
    if (update.at) this.#clock.update(Date.parse(update.at));
    this.#apply(update);
  }

  /** @param {import('./answers.js').AccountUpdate} update */
  #apply(update) {
    const before = this.state.status?.status;
    this.state = fold(this.state, update, this.#clock.nowMs);
    if (this.state.status?.status !== before) this.#answer = null;
    if (this.link && this.state.status?.status === 'connected') this.#linkIsUsed = true;
    if (this.state.status) this.#list?.follow(this.state.status);
    this.show();
  }

  #opened() {
    clearTimeout(this.#lostTimer);
    this.#lostTimer = undefined;
    if (this.#connection === 'lost') this.#panel.announce('The service answers again.');
    this.#connection = 'live';
    setBanner('');
    this.#clock.reset();
    void this.#list?.refresh();
  }

  /** @param {import('./api.js').Refusal | null} refusal null: the service does not answer */
  #lost(refusal) {
    if (refusal && isDenial(refusal.code)) {
      this.#deny(refusal.code);
      return;
    }
    this.#refusal = refusal;
    // The service also ends a stream when access is revoked. The check detects that.
    if (!refusal) void this.#check();
    if (this.#connection === 'lost') setBanner(this.#lostMessage());
    this.#lostTimer ??= setTimeout(() => {
      this.#connection = 'lost';
      this.show();
      setBanner(this.#lostMessage());
      this.#panel.announce(this.#lostMessage());
    }, LOST_AFTER_MS);
  }

  /** Returns why there is no event stream: the service is away, or it refuses this page. */
  #lostMessage() {
    const refusal = this.#refusal;
    if (!refusal || refusal.code === 'shutting_down') return UNAVAILABLE;
    return refusal.code === 'cross_site' ? HOST_NOT_ALLOWED : refusal.message;
  }

  /** Reads the state. The result is dropped when an event arrived in the meantime, because the event may be newer. */
  async #check() {
    const received = this.#received;
    try {
      const query = { accountId: this.accountId };
      const [status, pairing] = await Promise.all([read('status', query), read('pair', query)]);
      const update = /** @type {import('./answers.js').AccountUpdate} */ ({
        status: status.body,
        pairing: pairing.body,
      });
      if (received === this.#received) this.#apply(update);
    } catch (error) {
      // The event stream reports a service that is away.
      if (error instanceof CallFailed && isDenial(error.code) && this.#denial === null)
        this.#deny(error.code ?? '');
    }
  }
}
