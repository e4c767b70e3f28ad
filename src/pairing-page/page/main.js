import { AccountPage } from './account-page.js';
import { showProblem, onClick, onSubmit, part, setText } from './dom.js';
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
  return link ? `This link is only for ${whichNumber(link)}.` : 'You may not link this number here.';
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
    showProblem(field, phoneNumber === '' ? NO_NUMBER : '');
    if (phoneNumber === '') return;
    void page.act(button('get-code'), 'Getting a code …', 'pair', { phoneNumber }).then((problem) => {
      if (problem === 'number_forbidden') showProblem(field, notTheNumber(page));
      else if (problem !== null) showProblem(field, NOT_A_NUMBER);
    });
  });
}

/** @param {AccountPage} page */
function offerCopy(page) {
  const letters = part('letters', HTMLElement);
  const label = button('copy').textContent;
  /**
   * Browsers allow the clipboard API only on https and localhost; elsewhere the page selects the text and copies it.
   */
  const copySelection = () => {
    getSelection()?.selectAllChildren(letters);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without https
    return document.execCommand('copy');
  };
  onClick('copy', () => {
    void Promise.resolve()
      .then(() => navigator.clipboard.writeText(letters.textContent))
      .then(() => true, copySelection)
      .then((copied) => {
        setText(button('copy'), copied ? 'Copied' : 'Selected: copy it now');
        if (copied) page.announce('Copied');
        setTimeout(() => {
          setText(button('copy'), label);
        }, COPIED_MS);
      });
  });
}

/** Disconnecting cannot be undone, so the page asks for confirmation. @param {AccountPage} page */
function offerDisconnect(page) {
  const ask = part('ask', HTMLDialogElement);
  onClick('disconnect', () => {
    const phone = page.state.status?.servicePhone;
    const name = phone ? readable(phone) : `The account ${page.accountId}`;
    setText(
      part('ask-text', HTMLElement),
      `${name} is logged out at WhatsApp, and its stored data is deleted. To use it again, link it again.`,
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
    showProblem(field, ACCOUNT_ID.test(accountId) ? '' : ACCOUNT_ID_RULE);
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
    setText(part('account-name', HTMLElement), accountId);
    openPage(accountId, null);
  } else {
    setText(part('title', HTMLElement), 'There is no such account');
    setText(part('lead', HTMLElement), `The address of this page names no valid account. ${ACCOUNT_ID_RULE}`);
  }
}

takeFromAddress();
// A page link that is opened in a tab with this page changes only the fragment of the address, so no new page loads.
addEventListener('hashchange', () => {
  if (takeFromAddress()) location.reload();
});
if (hasLink()) {
  void openLink().then((link) => {
    if (link) openPage(link.accountId, link);
  });
} else openAccount();
