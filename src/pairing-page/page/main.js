import { AccountPage } from './account-page.js';
import { judge, onClick, onSubmit, part, say } from './dom.js';
import { openLink } from './link-entrance.js';
import { whichNumber } from './link-scene.js';
import { normalised, readable } from './phone-number.js';
import { hasLink, takeFromAddress } from './secret.js';

const ACCOUNT_ID = /^[A-Za-z0-9_-]{1,64}$/;
const ACCOUNT_ID_RULE = 'An account is 1 to 64 letters, digits, “_” or “-”.';
const NO_NUMBER = 'Enter the phone number, with its country code.';
const NOT_A_NUMBER = 'This is not an international phone number. Begin with “+” and the country code.';
const COPIED_MS = 2_500;

/** @param {string} id */
const button = (id) => part(id, HTMLButtonElement);

/** @param {AccountPage} page */
function notTheNumber({ link }) {
  return link ? `This link is only for ${whichNumber(link)}.` : 'This number may not be linked here.';
}

/** @param {AccountPage} page */
function offerLinks(page) {
  const field = part('phone-number', HTMLInputElement);
  onClick('pair', () => void page.act(button('pair'), 'Getting a code …', 'pair'));
  onClick('reconnect', () => void page.act(button('reconnect'), 'Connecting …', 'pair'));
  onClick('stop', () => void page.act(button('stop'), 'Stopping …', 'pair/stop'));
  onClick('dismiss', () => {
    if (!page.dismissAnswer()) void page.act(button('dismiss'), 'Dismissing …', 'pair/stop');
  });
  onClick('other-way', () => {
    if (page.state.step?.type === 'code') {
      void page.act(button('other-way'), 'Getting a QR code …', 'pair');
      return;
    }
    page.askForNumber();
    field.focus();
  });
  onSubmit('by-number', () => {
    const phoneNumber = normalised(field.value);
    judge(field, phoneNumber === '' ? NO_NUMBER : '');
    if (phoneNumber === '') return;
    void page.act(button('get-code'), 'Getting a code …', 'pair', { phoneNumber }).then((problem) => {
      if (problem === 'number_forbidden') judge(field, notTheNumber(page));
      else if (problem !== null) judge(field, NOT_A_NUMBER);
    });
  });
}

/** @param {AccountPage} page */
function offerCopy(page) {
  const letters = part('letters', HTMLElement);
  const label = button('copy').textContent;
  /** Browsers hand out the clipboard on https and localhost only; elsewhere what is marked can be copied in the old way. */
  const copyMarked = () => {
    getSelection()?.selectAllChildren(letters);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without https
    return document.execCommand('copy');
  };
  onClick('copy', () => {
    void Promise.resolve()
      .then(() => navigator.clipboard.writeText(letters.textContent))
      .then(() => true, copyMarked)
      .then((copied) => {
        say(button('copy'), copied ? 'Copied' : 'Marked: copy it now');
        if (copied) page.announce('Copied');
        setTimeout(() => {
          say(button('copy'), label);
        }, COPIED_MS);
      });
  });
}

/** Disconnecting cannot be taken back: it asks first. @param {AccountPage} page */
function offerDisconnect(page) {
  const ask = part('ask', HTMLDialogElement);
  onClick('disconnect', () => {
    const phone = page.state.status?.servicePhone;
    const who = phone ? readable(phone) : `The account ${page.accountId}`;
    say(
      part('ask-text', HTMLElement),
      `${who} is logged out at WhatsApp, and everything that is stored for it here is deleted. To use it again, somebody has to link it again.`,
    );
    ask.showModal();
  });
  onClick('ask-no', () => {
    ask.close();
  });
  onClick('ask-yes', () => {
    ask.close();
    void page.act(button('disconnect'), 'Disconnecting …', 'disconnect');
  });
}

function offerOtherAccounts() {
  const field = part('other-account', HTMLInputElement);
  onSubmit('open-account', () => {
    const accountId = field.value.trim();
    judge(field, ACCOUNT_ID.test(accountId) ? '' : ACCOUNT_ID_RULE);
    if (ACCOUNT_ID.test(accountId)) location.assign(`?accountId=${encodeURIComponent(accountId)}`);
  });
}

/** @param {import('./answers.js').PageLink | null} link @param {string} accountId */
function openPage(accountId, link) {
  const page = new AccountPage(accountId, link);
  offerLinks(page);
  offerCopy(page);
  if (!link) offerDisconnect(page);
}

function openAccount() {
  const [accountId = 'default', ...more] = new URLSearchParams(location.search).getAll('accountId');
  part('docs', HTMLElement).hidden = false;
  part('others', HTMLElement).hidden = false;
  offerOtherAccounts();
  if (ACCOUNT_ID.test(accountId) && more.length === 0) {
    say(part('account-name', HTMLElement), accountId);
    openPage(accountId, null);
  } else {
    say(part('title', HTMLElement), 'There is no such account');
    say(part('lead', HTMLElement), `The address of this page does not name one. ${ACCOUNT_ID_RULE}`);
  }
}

takeFromAddress();
// A link that is opened where the page is open already changes the address and nothing else.
addEventListener('hashchange', () => {
  if (takeFromAddress()) location.reload();
});
if (hasLink()) {
  void openLink().then((link) => {
    if (link) openPage(link.accountId, link);
  });
} else openAccount();
