/* A worker that only ticks: browsers slow the timers of a hidden page down to one a minute, and an agent works in another tab. */

setInterval(() => postMessage(null), 1000);
