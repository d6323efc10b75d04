import Testing

/// Waits until `isTrue`, which must come true within a minute of attempts: other tests may keep this one from running.
/// A condition that costs much is to be asked with longer pauses, lest it keeps others from making it true.
func wait(
    pausing pause: Duration = .milliseconds(1), until isTrue: () -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    for _ in 0..<Int(.seconds(60) / pause) where !isTrue() { try await Task.sleep(for: pause) }
    try #require(isTrue(), "waited in vain", sourceLocation: sourceLocation)
}
