import Testing

/// Waits until `isTrue`, which must come true within a minute of attempts: other tests may keep this one from running.
func wait(until isTrue: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<60_000 where !isTrue() { try await Task.sleep(for: .milliseconds(1)) }
    try #require(isTrue(), "waited in vain", sourceLocation: sourceLocation)
}
