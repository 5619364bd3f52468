// What pages gain from script: they follow the sitting by themselves, count down, keep trying to send a
// vote, and let choices be ranked by tapping. Without it every page works by its forms and links.
'use strict';
(() => {
  const body = document.body;
  const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);
  const text = (name) => body.dataset[name] || '';
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const jittered = (ms) => ms / 2 + Math.random() * ms;
  // Too many have asked, or the server is in trouble: not its answer yet.
  const busy = (answer) => answer.status === 429 || answer.status >= 500;
  // How long to wait before the next attempt: as long as the server says, and ever longer by itself.
  const patience = (attempt, answer) => {
    const asked = answer ? Number(answer.headers.get('Retry-After')) : 0;
    return (asked > 0 ? 1000 * asked : 0) + jittered(Math.min(1000 * 2 ** attempt, 15000));
  };

  // Times in the viewer's zone: the server learns it from a cookie and writes it itself from then on.
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const localize = (root) => {
    if (!here || here === body.dataset.zone) return;
    each('time[datetime]', (time) => {
      const day = time.dataset.kind === 'day' ? { day: 'numeric', month: 'short', year: 'numeric' } : {};
      const form = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...day };
      time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, form);
    }, root);
  };
  if (here && here !== body.dataset.zone) {
    const secure = location.protocol === 'https:' ? ';Secure' : '';
    document.cookie = `plenum-zone=${encodeURIComponent(here)};Path=/;Max-Age=31536000;SameSite=Lax${secure}`;
    each('[data-zone-name]', (place) => { place.textContent = here; });
    localize(document);
  }

  // The server's clock: countdowns do not trust that of the device.
  let ahead = 0;
  const tell = (serverTime) => { ahead = Date.parse(serverTime) - Date.now(); };
  const countDown = () => each('[data-until]', (timer) => {
    const left = Math.max(0, Math.round((Date.parse(timer.dataset.until) - Date.now() - ahead) / 1000));
    const parts = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60].map((part) => String(part).padStart(2, '0'));
    const shown = (left >= 3600 ? parts : parts.slice(1)).join(':');
    if (timer.textContent !== shown) timer.textContent = shown;
  });
  countDown();
  setInterval(countDown, 500);

  // A second tap sends nothing; coming back with the back button makes forms usable again.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method !== 'post' || form.hasAttribute('data-cast')) return;
    if (form.dataset.busy) { event.preventDefault(); return; }
    form.dataset.busy = '1';
  });
  window.addEventListener('pageshow', (event) => {
    each('form[data-busy]', (form) => { delete form.dataset.busy; });
    if (event.persisted) refresh();
  });

  // Casting keeps trying: the form's key makes sure that it counts once, however often it is sent.
  each('form[data-cast]', (form) => {
    const said = form.querySelector('[data-sent]');
    const say = (words, tone) => { said.hidden = false; said.className = `notice ${tone}`; said.textContent = words; };
    form.addEventListener('submit', async (event) => {
      if (event.submitter && event.submitter.hasAttribute('data-plain')) return;
      event.preventDefault();
      if (form.dataset.busy) return;
      form.dataset.busy = '1';
      each('button', (button) => button.setAttribute('aria-disabled', 'true'), form);
      say(form.dataset.sending, 'warn');
      const content = new URLSearchParams(new FormData(form));
      for (let attempt = 0; ; attempt += 1) {
        let answer = null;
        try {
          const stop = new AbortController();
          const limit = setTimeout(() => stop.abort(), 15000);
          answer = await fetch(form.action, {
            method: 'POST', body: content, credentials: 'same-origin', headers: { Accept: 'text/html' }, signal: stop.signal,
          });
          clearTimeout(limit);
          if (!busy(answer)) {
            if (answer.redirected) { location.replace(answer.url); return; }
            show(await answer.text());
            return;
          }
        } catch { /* No connection, or none in time: it is sent again. */ }
        say(form.dataset.retrying, 'bad');
        const waits = [sleep(patience(attempt, answer))];
        if (!answer) waits.push(new Promise((done) => addEventListener('online', done, { once: true })));
        await Promise.race(waits);
      }
    });
  });
  const show = (html) => {
    const page = new DOMParser().parseFromString(html, 'text/html');
    const main = page.querySelector('main');
    if (!main) { location.reload(); return; }
    document.title = page.title;
    document.querySelector('main').replaceWith(document.adoptNode(main));
    document.querySelector('main').focus();
  };

  // Regions that follow the sitting are fetched anew and put in place of the old ones, but for forms that
  // somebody has begun to fill in and what has the focus: nothing is taken out of anybody's hands.
  const dirty = new WeakSet();
  // A form, and within it the part that is kept on its own: other ballots of the same page go on by themselves.
  const touch = (field) => { for (const place of [field.closest('form'), field.closest('[data-keep]')]) if (place) dirty.add(place); };
  for (const kind of ['input', 'change']) document.addEventListener(kind, (event) => touch(event.target));
  const held = (place) => place.contains(document.activeElement) && place !== document.activeElement
    || dirty.has(place) || [...place.querySelectorAll('form, [data-keep]')].some((part) => dirty.has(part))
    || Boolean(place.querySelector('details[open]'));
  let fetching = null;
  let again = false;
  let later = null;
  let refused = 0;
  const refresh = () => {
    if (fetching) { again = true; return fetching; }
    if (later) return later;
    fetching = (async () => {
      try {
        const answer = await fetch(location.href, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
        if (busy(answer)) {
          later = sleep(patience(refused, answer)).then(() => { later = null; return refresh(); });
          refused += 1;
          return;
        }
        refused = 0;
        if (answer.redirected && new URL(answer.url).pathname !== location.pathname) { location.reload(); return; }
        // The page is the answer to a form, and would send it again.
        if (answer.status === 405) return;
        // Not to be seen any more: neither is what is still on the page.
        if (answer.status >= 400 && answer.status < 500) { location.reload(); return; }
        if (answer.ok) merge(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      } catch { /* The stream says that the connection is gone. */ }
    })().finally(() => { fetching = null; if (again) { again = false; refresh(); } });
    return fetching;
  };
  const merge = (page) => each('[data-live]', (place) => {
    const fresh = page.getElementById(place.id);
    if (!fresh) return;
    const children = [...place.children];
    const keyed = children.length > 0 && children.every((child) => child.id);
    if (!held(place)) {
      if (place.innerHTML !== fresh.innerHTML) put(place, fresh);
    } else if (keyed) {
      mergeChildren(place, fresh);
    }
  });
  const put = (place, fresh) => {
    // Keys of forms differ at each rendering and are no news.
    const bare = (node) => { const copy = node.cloneNode(true); each('input[name=key]', (key) => key.remove(), copy); return copy.innerHTML; };
    if (bare(place) === bare(fresh)) return;
    const node = document.adoptNode(fresh);
    place.replaceWith(node);
    adopt(node);
  };
  const mergeChildren = (place, fresh) => {
    const wanted = [...fresh.children];
    for (const child of [...place.children]) {
      if (!wanted.some((other) => other.id === child.id) && !held(child)) child.remove();
    }
    for (const child of wanted) {
      const old = document.getElementById(child.id);
      if (!old) { const node = document.adoptNode(child); place.append(node); adopt(node); } else if (!held(old)) put(old, child);
    }
  };

  // Figures that change often come with the stream itself.
  const figure = (name, value) => each(`[data-figure="${name}"]`, (place) => {
    if (place.textContent !== String(value)) place.textContent = value;
  });
  const draw = (results) => each(`[data-result="${results.event_id}"]`, (place) => {
    const total = results.whole;
    const scale = Math.max(total, results.scale || 0, 1);
    const rows = place.querySelectorAll('tr.names');
    if (results.counted || rows.length !== results.options.length) return;
    results.options.forEach((option, at) => {
      rows[at].querySelector('[data-votes]').textContent = option.votes;
      rows[at].querySelector('[data-share]').textContent = `${(100 * option.votes / Math.max(total, 1)).toFixed(1)}\u00a0%`;
      const fill = rows[at].nextElementSibling && rows[at].nextElementSibling.querySelector('.fill');
      if (fill) fill.setAttribute('width', Math.floor(1000 * option.votes / scale));
    });
  });

  // The stream, with an honest word on how it is. A lost connection is tried again ever more seldom, each
  // client at its own moment; what was missed comes with the first message after it.
  const stream = body.dataset.stream;
  if (stream && window.EventSource) {
    const sign = (state, words) => each('#conn', (place) => {
      if (place.dataset.state === state) return;
      place.dataset.state = state;
      place.textContent = words;
    });
    let source = null;
    let heard = 0;
    let lastId = '';
    let failures = 0;
    let crowd = 1;
    let timer = null;
    const news = () => { clearTimeout(timer); timer = setTimeout(refresh, Math.random() * Math.min(crowd, 2000)); };
    const on = (kind, act) => source.addEventListener(kind, (event) => {
      heard = Date.now();
      failures = 0;
      if (event.lastEventId) lastId = event.lastEventId;
      sign('live', text('liveText'));
      const data = JSON.parse(event.data);
      if (data.server_time) tell(data.server_time);
      act(data);
    });
    // Whether the first message is told; and whether this connection has yet to say what the page may have missed.
    let known = false;
    let fresh = true;
    const connect = () => {
      fresh = true;
      if (source) source.close();
      const mark = stream.includes('?') ? '&' : '?';
      source = new EventSource(lastId ? `${stream}${mark}last_event_id=${encodeURIComponent(lastId)}` : stream);
      on('time', () => {});
      on('session', () => { if (known) news(); });
      on('event', () => { if (known) news(); });
      on('attendance', (data) => {
        crowd = data.headcount;
        figure('headcount', data.headcount);
        figure('present', data.quorum.present);
        figure('required', data.quorum.required);
        figure('missing', data.quorum.missing);
        if (data.voting_strength) figure('strength', data.voting_strength.present);
        if (known && body.dataset.follows === 'attendance') news();
      });
      on('turnout', (data) => {
        figure(`voted-${data.event_id}`, data.voted);
        figure(`entitled-${data.event_id}`, data.entitled);
        each(`[data-meter="${data.event_id}"] .fill`, (part) => part.setAttribute('width', Math.floor(1000 * data.voted / Math.max(data.entitled, 1))));
        if (known && body.dataset.follows === 'attendance') news();
      });
      // "Are you here?" goes up on every page at once; who has answered is for the console.
      let asked;
      on('presence_check', (data) => {
        figure('answered', data.answered);
        if (known && (data.check_id !== asked || body.dataset.follows === 'attendance')) news();
        asked = data.check_id;
      });
      on('results', (data) => { draw(data); if (known && data.counted) news(); });
      // Between the page's rendering and here something may have happened that no message will tell any more.
      on('current', () => { known = true; if (fresh) { fresh = false; news(); } });
      on('end', () => { source.close(); source = null; sign('off', text('overText')); refresh(); });
      source.onerror = () => {
        source.close();
        source = null;
        failures += 1;
        sign(navigator.onLine === false || failures > 4 ? 'off' : 'trying', text(failures > 4 ? 'offText' : 'tryingText'));
        setTimeout(() => { if (!source) connect(); }, jittered(Math.min(500 * 2 ** failures, 20000)));
      };
    };
    // A device that slept may hold a connection that is long dead.
    const wake = () => {
      if (document.visibilityState !== 'visible' || Date.now() - heard < 25000) return;
      heard = Date.now();
      connect();
      refresh();
    };
    document.addEventListener('visibilitychange', wake);
    window.addEventListener('online', () => { heard = 0; wake(); });
    // A connection without a network may look alive for minutes.
    window.addEventListener('offline', () => sign('off', text('offText')));
    setInterval(wake, 5000);
    connect();
  }

  // Before the door there is no stream: the page asks again, ever more seldom.
  const poll = Number(body.dataset.poll);
  if (poll) {
    const knock = async (seconds) => {
      await sleep(jittered(1000 * seconds));
      if (document.visibilityState === 'visible') await refresh();
      knock(Math.min(seconds * 1.1, 15));
    };
    knock(poll);
    document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') refresh(); });
  }

  // Ranking: a tap puts an option at the next place, another one takes it out; arrows, keys and dragging move it.
  const rank = (place) => {
    const rows = () => [...place.querySelectorAll('.choice')];
    const select = (row) => row.querySelector('select');
    const said = place.parentElement.querySelector('[data-said]');
    const ranked = () => rows().filter((row) => select(row).value).sort((a, b) => select(a).value - select(b).value);
    const set = (order) => {
      rows().forEach((row) => { select(row).value = ''; });
      order.forEach((row, at) => { select(row).value = String(at + 1); });
      paint();
      touch(place);
    };
    const say = (row) => {
      const at = select(row).value;
      said.textContent = `${row.dataset.option} ${at ? `${place.dataset.placed} ${at}` : place.dataset.taken}`;
    };
    const toggle = (row) => {
      const order = ranked();
      set(order.includes(row) ? order.filter((other) => other !== row) : [...order, row]);
      say(row);
    };
    const move = (row, by) => {
      const order = ranked();
      const from = order.indexOf(row);
      const to = from < 0 ? order.length : Math.min(Math.max(from + by, 0), order.length - 1);
      if (from >= 0) order.splice(from, 1);
      order.splice(to, 0, row);
      set(order);
      say(row);
    };
    const paint = () => rows().forEach((row) => {
      const at = select(row).value;
      row.classList.toggle('ranked', Boolean(at));
      row.querySelector('.rank').textContent = at;
      row.querySelector('button.pick').setAttribute('aria-pressed', String(Boolean(at)));
      each('button.move', (button) => { button.disabled = !at; }, row);
    });
    rows().forEach((row) => {
      const label = row.querySelector('label');
      const pick = document.createElement('button');
      pick.type = 'button';
      pick.className = 'pick label';
      pick.append(Object.assign(document.createElement('span'), { className: 'rank' }), Object.assign(document.createElement('span'), { textContent: label.textContent, dir: 'auto' }));
      const arrows = [['↑', -1, 'up'], ['↓', 1, 'down']].map(([sign, by, name]) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'btn quiet small move';
        button.textContent = sign;
        button.setAttribute('aria-label', `${place.dataset[name]}: ${row.dataset.option}`);
        button.addEventListener('click', () => { move(row, by); });
        return button;
      });
      label.hidden = true;
      select(row).hidden = true;
      row.append(pick, ...arrows);
      pick.addEventListener('click', () => toggle(row));
      pick.addEventListener('keydown', (event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (by && select(row).value) { event.preventDefault(); move(row, by); }
      });
      row.draggable = true;
      row.addEventListener('dragstart', (event) => { event.dataTransfer.setData('text/plain', row.dataset.option); place.dragged = row; });
      row.addEventListener('dragover', (event) => { if (place.dragged) event.preventDefault(); });
      row.addEventListener('drop', (event) => {
        event.preventDefault();
        const dragged = place.dragged;
        place.dragged = null;
        if (!dragged || dragged === row) return;
        // It takes the place of what it is dropped on: coming from above, that is after it.
        const order = ranked();
        const [from, at] = [order.indexOf(dragged), order.indexOf(row)];
        if (from >= 0) order.splice(from, 1);
        order.splice(at < 0 ? order.length : at, 0, dragged);
        set(order);
        say(dragged);
      });
    });
    paint();
  };

  // Lists that are searched while typing; the server does the same for who has no script.
  const filter = (box) => box.addEventListener('input', () => {
    const wanted = box.value.trim().toLocaleLowerCase();
    each('[data-name]', (line) => { line.hidden = !line.dataset.name.toLocaleLowerCase().includes(wanted); }, document.querySelector(box.dataset.filter));
  });
  const copy = (button) => {
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.done;
    });
  };
  const whole = (button) => {
    button.hidden = !document.documentElement.requestFullscreen;
    button.addEventListener('click', () => document.documentElement.requestFullscreen());
  };
  // As the server reads files: what is no Unicode is not guessed at, for a wrong name is an error that nobody
  // sees; whoever has the file says how it was written.
  const read = (bytes, named) => {
    const marks = { '255,254': 'utf-16le', '254,255': 'utf-16be' };
    const wide = marks[bytes.slice(0, 2).join()];
    if (wide) return new TextDecoder(wide).decode(bytes);
    try { return new TextDecoder('utf-8', { fatal: true }).decode(bytes); } catch { return named ? new TextDecoder(named).decode(bytes) : null; }
  };
  const fill = (box) => {
    box.hidden = false;
    const [field, choice, unread] = ['input', 'select', '[data-unread]'].map((part) => box.querySelector(part));
    const take = async (named) => {
      const file = field.files[0];
      if (!file) return;
      const content = read(new Uint8Array(await file.arrayBuffer()), named);
      if (file !== field.files[0]) return;
      document.querySelector(box.dataset.into).value = content === null ? '' : content;
      if (!named) unread.hidden = content !== null;
    };
    field.addEventListener('change', () => { choice.value = ''; unread.hidden = true; take(''); });
    choice.addEventListener('change', () => take(choice.value));
  };
  // On a small screen sections are folded, and stay as whoever uses them left them; a link to one opens it.
  const small = window.matchMedia('(max-width: 44rem)').matches;
  const fold = (box) => {
    const place = box.closest('[id]');
    if (!place) return;
    const name = `fold ${location.pathname} ${place.id}`;
    const kept = sessionStorage.getItem(name);
    if (kept !== null) box.open = kept === 'open'; else if (small && box.hasAttribute('data-fold')) box.open = false;
    if (location.hash === `#${place.id}`) box.open = true;
    box.querySelector('summary').addEventListener('click', () => sessionStorage.setItem(name, box.open ? 'shut' : 'open'));
  };
  const unfold = () => {
    const place = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (place) each('details.fold', (box) => { box.open = true; }, place);
  };
  window.addEventListener('hashchange', unfold);
  const adopt = (root) => {
    localize(root);
    each('details.fold', fold, root);
    each('[data-ranking]', rank, root);
    each('[data-filter]', filter, root);
    each('[data-copy]', copy, root);
    each('[data-whole]', whole, root);
    each('[data-file]', fill, root);
    countDown();
  };
  adopt(document);

  // Single keys in the chair's console; the switch beside their list turns them off.
  const keys = document.querySelector('[data-shortcuts]');
  if (keys) {
    const box = keys.querySelector('input');
    keys.hidden = false;
    box.checked = localStorage.getItem('shortcuts') !== 'off';
    box.addEventListener('change', () => localStorage.setItem('shortcuts', box.checked ? 'on' : 'off'));
    document.addEventListener('keydown', (event) => {
      if (!box.checked || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest('input, textarea, select, [contenteditable]')) return;
      const goal = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (!goal) return;
      event.preventDefault();
      const shut = goal.closest('details.fold');
      if (shut) shut.open = true;
      if (goal.matches('details')) { goal.open = true; goal.querySelector('input, select, textarea, button').focus(); } else { goal.focus(); goal.click(); }
    });
  }
})();
