/*
 * Attacks of a page of another site. Each is the body of an async function with `service` and `api` in scope. It
 * returns the text that it could read, or "nothing" when the browser denies it.
 */

/** Returns the content of a frame after it has loaded the document that `begin` starts to load. */
const inFrame = (begin: string): string => `
  const frame = document.createElement('iframe');
  frame.name = 'sink';
  document.body.append(frame);
  const loaded = new Promise((resolve) => { frame.onload = resolve; });
  ${begin}
  await loaded;
  try {
    return frame.contentWindow.document.documentElement.outerHTML;
  } catch {
    return 'nothing';
  } finally {
    frame.remove();
  }
`;

const form = (enctype: string, name: string, value: string): string =>
  inFrame(`
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', enctype: '${enctype}', action: api + '/pair', target: 'sink' });
    const input = document.createElement('input');
    Object.assign(input, { name: ${JSON.stringify(name)}, value: ${JSON.stringify(value)} });
    form.append(input);
    document.body.append(form);
    form.submit();
  `);

const post = (init: string): string => `
  const answer = await fetch(api + '/pair', { method: 'POST', ${init} });
  return answer.type === 'opaque' ? 'nothing' : answer.text();
`;

const element = (make: string): string => `
  return new Promise((resolve) => {
    ${make}
    element.onload = () => resolve('it loaded');
    element.onerror = () => resolve('nothing');
    document.body.append(element);
  });
`;

const GUESSED = `wak_AAAAAAAA_${'A'.repeat(43)}`;

export const CROSS_SITE_ATTEMPTS: Readonly<Record<string, string>> = {
  'a form as pages send it': form('application/x-www-form-urlencoded', 'accountId', 'victim'),
  'a form that looks like JSON': form('text/plain', '{"accountId":"victim","x":"', '"}'),
  'a form with nothing in it': form('multipart/form-data', '', ''),
  'a fetch without a body': post(''),
  'a fetch without a body that asks for no answer': post("mode: 'no-cors'"),
  'a fetch with its cookies': post("mode: 'no-cors', credentials: 'include'"),
  'a fetch with JSON as plain text': post(`mode: 'no-cors', body: '{"accountId":"victim"}'`),
  'a fetch with JSON as plain text, and the answer': post(`body: '{"accountId":"victim"}'`),
  'a fetch with JSON': post(
    `body: '{"accountId":"victim"}', headers: { 'content-type': 'application/json' }`,
  ),
  'a fetch with a key that it guesses': post(`headers: { authorization: 'Bearer ${GUESSED}' }`),
  'a fetch that reads': `return (await fetch(api + '/status?accountId=linked')).text();`,
  'a fetch of the code': `return (await fetch(api + '/pair/qr?accountId=pairing')).text();`,
  'a message on leaving': `navigator.sendBeacon(api + '/disconnect', '{"accountId":"linked"}'); return 'nothing';`,
  'the code as an image': element(
    `const element = new Image(); element.src = api + '/pair/qr?accountId=pairing&format=svg';`,
  ),
  'the status as a script': element(
    `const element = document.createElement('script'); element.src = api + '/status?accountId=linked';`,
  ),
  'the status as a style': element(
    `const element = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: api + '/status' });`,
  ),
  events: `
    const source = new EventSource(api + '/events');
    return new Promise((resolve) => {
      source.onerror = () => { source.close(); resolve('nothing'); };
      source.addEventListener('snapshot', ({ data }) => resolve(data));
    });
  `,
  'the page in a frame': inFrame(`frame.src = service + '/';`),
  'the code in a frame': inFrame(`frame.src = api + '/pair/qr?accountId=pairing';`),
  'a web socket': `
    const socket = new WebSocket(api.replace('http', 'ws') + '/events');
    return new Promise((resolve) => {
      socket.onerror = () => resolve('nothing');
      socket.onmessage = ({ data }) => resolve(data);
    });
  `,
};
