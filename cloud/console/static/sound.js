// The alarm: sounds while a life-safety incident has nobody. Silencing stops what sounds now; a new one sounds again.
// Several open pages sound at the same moments of the clock and are silenced together.
"use strict";

(() => {
  // 520 Hz square wave: wakes and reaches older ears best (NFPA 72, low-frequency signal); the second tone tells it
  // from a smoke alarm in the room
  const TONES_HZ = [520, 780];
  const TONE_S = 0.28;
  const PAIRS = 3;
  const REPEAT_MS = 3200;
  const LEVEL = 0.22;
  const KEPT = "gw-silenced";

  const box = document.getElementById("sound");
  const silence = document.getElementById("sound-silence");
  const ask = document.getElementById("sound-ask");
  let audio = null;
  let timer = null;
  let known = null;

  function play() {
    if (!audio || audio.state !== "running") return;
    for (let index = 0; index < PAIRS * 2; index += 1) {
      const start = audio.currentTime + 0.02 + index * TONE_S;
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.type = "square";
      tone.frequency.value = TONES_HZ[index % 2];
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(LEVEL, start + 0.02);
      gain.gain.setValueAtTime(LEVEL, start + TONE_S - 0.04);
      gain.gain.linearRampToValueAtTime(0, start + TONE_S - 0.01);
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + TONE_S);
    }
  }

  const ringing = () => (document.getElementById("headline").dataset.ring || "").split(" ").filter(Boolean);
  const silenced = () => new Set(JSON.parse(localStorage.getItem(KEPT) || "[]"));

  function show(state) {
    if (box.dataset.state !== state) {
      box.dataset.state = state;
      document.getElementById("sound-text").textContent = gw.words[`sound.${state}`];
    }
    silence.hidden = state !== "ringing";
    ask.hidden = state !== "locked";
  }

  function update() {
    const wanted = ringing();
    const quiet = silenced();
    const loud = wanted.filter((key) => !quiet.has(key));
    const on = audio && audio.state === "running";
    show(!on ? "locked" : loud.length ? "ringing" : wanted.length ? "silenced" : "on");
    if (on && loud.length && !timer) {
      play();
      again();
    } else if ((!on || !loud.length) && timer) {
      clearTimeout(timer);
      timer = null;
    }
    tell(wanted);
  }

  function again() {
    timer = setTimeout(() => {
      play();
      again();
    }, REPEAT_MS - (Date.now() % REPEAT_MS));
  }

  // For screen readers, once per new fire
  function tell(wanted) {
    if (known && wanted.some((key) => !known.has(key))) {
      document.getElementById("announce").textContent = document.querySelector("#headline .say").innerText;
    }
    known = new Set(wanted);
  }

  async function enable() {
    audio = audio || new AudioContext();
    await audio.resume();
    update();
  }

  document.getElementById("sound-enable").addEventListener("click", async () => {
    await enable();
    play();
  });
  document.getElementById("sound-test").addEventListener("click", async () => {
    await enable();
    play();
  });
  silence.addEventListener("click", () => {
    localStorage.setItem(KEPT, JSON.stringify(ringing()));
    update();
    document.getElementById("sound-test").focus();
  });
  // Any click or key is a permission; a browser that already trusts us needs none. Not the pointer going down: the header
  // changes, the page moves under the pointer, and what was to be pressed is missed
  for (const kind of ["click", "keydown"]) document.addEventListener(kind, enable, { once: true });
  document.body.addEventListener("gw:picture", update);
  window.addEventListener("storage", (event) => {
    if (event.key === KEPT) update();
  });

  audio = new AudioContext();
  audio.onstatechange = update;
  update();
})();
