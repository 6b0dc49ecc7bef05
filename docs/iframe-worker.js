"use strict";
// The search's worker where a page is opened as a file: browsers start none from files, so
// its script runs in a hidden frame, and messages go to and fro.
if (location.protocol === "file:") {
  const message = (data) => new MessageEvent("message", { data });

  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.inside = frame.contentWindow;
      this.inside.postMessage = (data) => this.dispatchEvent(message(data));
      const script = frame.contentDocument.createElement("script");
      script.src = url;
      this.ready = new Promise((done) => script.addEventListener("load", done));
      frame.contentDocument.body.append(script);
    }

    postMessage(data) {
      this.ready.then(() => this.inside.dispatchEvent(message(data)));
    }
  };
}
