// The mark of the service, drawn in the page itself: a token, and the time that it has left.
// It never says more than the name beside it, so readers of the page's text do not meet it.

export function Mark() {
  return (
    <svg viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <path d="M12 2.5a9.5 9.5 0 1 1-9.5 9.5" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" />
      <path d="M4.6 6.2a9.5 9.5 0 0 1 3-2.6" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" opacity=".35" />
      <circle cx="12" cy="10.4" r="2.7" fill="currentColor" />
      <path d="M12 12.4v5" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" />
    </svg>
  );
}
