import { deniedScene, isDead, isDenial, problemOf } from './access-scene.js';
import { AccountList } from './account-list.js';
import { fold, nothingKnown } from './account-state.js';
import { address, CallFailed, post, read } from './api.js';
import { part, say } from './dom.js';
import { EventStream } from './event-stream.js';
import { KeyForm } from './key-form.js';
import { linkSceneOf } from './link-scene.js';
import { Panel } from './panel.js';
import { duration, sceneOf } from './scene.js';
import { forgetKey } from './secret.js';
import { ServerClock } from './server-clock.js';

/** How often the page looks at the time: for the rings, and for codes that are over. */
const TICK_MS = 250;
/** A connection that is back sooner is not worth a word. */
const SILENCE_MS = 700;
const LIST_PAUSE_MS = 15_000;
/** While a code is awaited the page asks by itself, too: a step that it does not know comes as an event that it does not know. */
const CHECK_PAUSE_MS = 3_000;

/** Somebody has opened the page under a name that the service does not know as its own. */
const NOT_HERE = `The service takes no requests under the name “${location.hostname}”. Whoever runs it can allow that name (WHATSAPP_ALLOWED_HOSTS).`;
const AWAY = 'The service does not answer. This page goes on by itself as soon as it is back.';

/** These come with an event that tells more. */
const TOLD_BY_EVENTS = ['code_refused', 'pairing_failed', 'no_pairing'];
/** These are said beside the field. */
const ABOUT_A_FIELD = ['invalid_request', 'number_forbidden'];

/** Follows one account, and does with it what the person asks for. */
export class AccountPage {
  state;
  #clock = new ServerClock();
  #panel = new Panel();
  #banner = part('banner', HTMLElement);
  #others = part('others', HTMLElement);
  #list;
  #keyForm;
  #stream;
  /** @type {import('./scene.js').Connection} */
  #connection = 'begin';
  #asksForNumber = false;
  /** What a call was answered with, where no event tells it. @type {import('./scene.js').Scene['notice']} */
  #answer = null;
  /** Why nothing may be shown to this person: the code of an error. @type {string | null} */
  #denial = null;
  #linkIsUsed = false;
  #busy = false;
  #heard = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** What the service has said no with last; null: nothing. @type {import('./api.js').Refusal | null} */
  #refusal = null;

  /**
   * @param {string} accountId
   * @param {import('./answers.js').PageLink | null} link the one that the page was opened with; null: with none
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
      heard: (news) => {
        this.#hear(news);
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

  /** Somebody who sees a QR code wants to give the number instead. */
  askForNumber() {
    this.#asksForNumber = true;
    this.show();
  }

  /** @param {string} text told once to those who listen */
  announce(text) {
    this.#panel.announce(text);
  }

  /**
   * Carries out what the person has asked for.
   * @param {HTMLButtonElement} button the one that was pressed
   * @param {string} meanwhile what stands on it until there is an answer
   * @param {string} path
   * @param {Record<string, string>} [body]
   * @returns {Promise<string | null>} the code of the error that the person has not been told of yet
   */
  async act(button, meanwhile, path, body = {}) {
    if (this.#busy) return null;
    this.#busy = true;
    this.#answer = null;
    const label = button.textContent;
    button.textContent = meanwhile;
    button.setAttribute('aria-busy', 'true');
    try {
      await post(path, { accountId: this.accountId, ...body });
      return null;
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (error.code !== null && ABOUT_A_FIELD.includes(error.code)) return error.code;
      this.#failed(path, error);
      return null;
    } finally {
      this.#busy = false;
      button.textContent = label;
      button.removeAttribute('aria-busy');
      this.show();
    }
  }

  /** @returns {boolean} whether there was an answer to a call to be put away */
  dismissAnswer() {
    const there = this.#answer !== null;
    this.#answer = null;
    this.show();
    return there;
  }

  #listOfAccounts() {
    return new AccountList(this.accountId, {
      answered: (serverMs) => {
        this.#clock.heard(serverMs);
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
      const advice = `It would need the scope “${path === 'disconnect' ? 'disconnect' : 'pair'}”.`;
      this.#answer = { message: 'The key in use may not do this.', advice, dismissable: true };
    } else if (isDenial(code)) this.#deny(code ?? '');
    else if (code === null || !TOLD_BY_EVENTS.includes(code)) {
      const advice = retryAfterS === null ? '' : `Try again in ${duration(retryAfterS * 1_000)}.`;
      this.#answer = { message, advice, dismissable: true };
    }
  }

  /** What this person showed to be let in does not do, or not any more: nothing stays on the page that they may not see. @param {string} code */
  #deny(code) {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#stream.end();
    this.#connection = 'begin';
    this.#warn('');
    this.#answer = null;
    this.#linkIsUsed = code === 'link_used' && this.state.status?.authExists === true;
    if (!this.#linkIsUsed) {
      this.#denial = code;
      this.state = nothingKnown(this.accountId);
      this.#list?.clear();
    }
    if (isDead(code)) forgetKey();
    this.show();
    this.#keyForm?.judge(problemOf(code));
    if (code === 'account_forbidden') void this.#list?.refresh();
  }

  /** @param {import('./answers.js').News} news */
  #hear(news) {
    this.#heard += 1;
    if (news.at) this.#clock.heard(Date.parse(news.at));
    this.#take(news);
  }

  /** @param {import('./answers.js').News} news */
  #take(news) {
    const before = this.state.status?.status;
    this.state = fold(this.state, news, this.#clock.nowMs);
    if (this.state.status?.status !== before) this.#answer = null;
    if (this.link && this.state.status?.status === 'connected') this.#linkIsUsed = true;
    if (this.state.status) this.#list?.follow(this.state.status);
    this.show();
  }

  #opened() {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (this.#connection === 'lost') this.#panel.announce('The service answers again.');
    this.#connection = 'live';
    this.#warn('');
    this.#clock.forget();
    void this.#list?.refresh();
  }

  /** @param {import('./api.js').Refusal | null} refusal null: the service says nothing */
  #lost(refusal) {
    if (refusal && isDenial(refusal.code)) {
      this.#deny(refusal.code);
      return;
    }
    this.#refusal = refusal;
    // A stream that just ends may have been ended on purpose.
    if (!refusal) void this.#check();
    if (this.#connection === 'lost') this.#warn(this.#why());
    this.#silence ??= setTimeout(() => {
      this.#connection = 'lost';
      this.show();
      this.#warn(this.#why());
      this.#panel.announce(this.#why());
    }, SILENCE_MS);
  }

  /** The service may be there and not want to talk to this page. */
  #why() {
    const refusal = this.#refusal;
    if (!refusal || refusal.code === 'shutting_down') return AWAY;
    return refusal.code === 'cross_site' ? NOT_HERE : refusal.message;
  }

  /** @param {string} text empty: nothing is wrong */
  #warn(text) {
    this.#banner.hidden = text === '';
    say(this.#banner, text);
  }

  /** Asks how things stand. What an event has told meanwhile may be newer. */
  async #check() {
    const heard = this.#heard;
    try {
      const query = { accountId: this.accountId };
      const [status, pairing] = await Promise.all([read('status', query), read('pair', query)]);
      const news = /** @type {import('./answers.js').News} */ ({
        status: status.body,
        pairing: pairing.body,
      });
      if (heard === this.#heard) this.#take(news);
    } catch (error) {
      // When the service is away, the stream tells of it.
      if (error instanceof CallFailed && isDenial(error.code) && this.#denial === null)
        this.#deny(error.code ?? '');
    }
  }
}
