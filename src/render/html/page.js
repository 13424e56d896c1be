'use strict';
const field = document.getElementById('q');
if (field) {
  const all = [...document.querySelectorAll('.c')].map(c => [c, c.textContent.toLowerCase()]);
  const groups = [...document.querySelectorAll('.g')];
  const found = document.getElementById('found');
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(' ').filter(word => word);
    let count = 0;
    for (const [c, text] of all) {
      c.hidden = !words.every(word => text.includes(word));
      if (!c.hidden) count += 1;
    }
    for (const g of groups) g.hidden = !g.querySelector('.c:not([hidden])');
    found.textContent = words.length ? count + ' of ' + all.length : '';
  });
}
