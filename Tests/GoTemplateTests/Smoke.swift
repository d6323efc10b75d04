import Testing
@Suite struct `Smoke` { @Test func `x`() { #expect(Bool(true)) } }
