// Fills the address and the key of this server into the calls, and adds buttons that copy them.
const key = JSON.parse(document.getElementById('key').textContent);
document.getElementById('demo').hidden = key === null;

for (const figure of document.querySelectorAll('figure')) {
  const code = figure.querySelector('code');
  code.textContent = code.textContent
    .replaceAll('http://127.0.0.1:4000', location.origin)
    .replaceAll('YOUR_API_KEY', key ?? 'YOUR_API_KEY');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1500);
  });
  figure.append(button);
}
