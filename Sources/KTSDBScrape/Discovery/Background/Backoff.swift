/// Pauses after failures, each twice as long as that before it.
struct Backoff {
    private let first: Duration, longest: Duration
    private var next: Duration

    init(_ options: DiscoveryOptions) {
        (first, longest, next) = (options.firstPause, options.longestPause, options.firstPause)
    }

    /// Forgets earlier failures.
    mutating func reset() { next = first }

    /// Waits; a little longer or shorter each time, so that those who failed together do not ask again together.
    mutating func pause() async {
        let wait = next * Double.random(in: 0.75...1.25)
        next = min(next * 2, longest)
        try? await Task.sleep(for: wait)
    }
}
