/// The pauses after failures: each is twice as long as the one before, up to a limit.
struct Backoff {
    private let first: Duration, longest: Duration
    private var next: Duration

    init(_ options: DiscoveryOptions) {
        (first, longest, next) = (options.firstPause, options.longestPause, options.firstPause)
    }

    /// Forgets earlier failures.
    mutating func reset() { next = first }

    /// Waits. Each pause varies by up to a quarter, so that clients that failed together do not retry together.
    mutating func pause() async {
        let wait = next * Double.random(in: 0.75...1.25)
        next = min(next * 2, longest)
        try? await Task.sleep(for: wait)
    }
}
