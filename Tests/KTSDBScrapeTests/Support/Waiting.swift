import Testing

/// Waits until `isTrue`, which must come true within a minute of pauses: other tests may keep this one from running.
///
/// A pause is ten times as long as the question took, so that a costly one does not keep others from making it true.
func wait(until isTrue: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    var isOver = false, waited = Duration.zero
    while waited < .seconds(60) {
        let cost = ContinuousClock().measure { isOver = isTrue() }
        if isOver { return }
        let pause = max(.milliseconds(1), cost * 10)
        try await Task.sleep(for: pause)
        waited += pause
    }
    try #require(isTrue(), "waited in vain", sourceLocation: sourceLocation)
}
