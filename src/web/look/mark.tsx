// The mark of the service, drawn in the page itself: a token, and the time that it has left.
// It never says more than the name beside it, so readers of the page's text do not meet it.

/** The same for the browser's tab, which knows nothing of the page's colours. */
export const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#7a63ff" stroke-width="2.8" stroke-linecap="round"><path d="M12 2.5a9.5 9.5 0 1 1-9.5 9.5"/><path d="M12 12.4v5"/><circle cx="12" cy="10.4" r="2.7" fill="#7a63ff" stroke="none"/></svg>',
)}`;

export function Mark() {
  return (
    <svg viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <path d="M12 2.5a9.5 9.5 0 1 1-9.5 9.5" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" />
      <path
        d="M4.6 6.2a9.5 9.5 0 0 1 3-2.6"
        stroke="currentColor"
        stroke-width="2.6"
        stroke-linecap="round"
        opacity=".35"
      />
      <circle cx="12" cy="10.4" r="2.7" fill="currentColor" />
      <path d="M12 12.4v5" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" />
    </svg>
  );
}
