import KTSDBModel
import KTSDBNotify
import PrometheusWire
import Testing

@testable import KerpLoadModel

@Suite struct `Log of the load program` {
    private func lines(_ seconds: Int) -> [[UInt8]] {
        var service = Fixture.service(), lines: [[UInt8]] = []
        service.advance(to: Fixture.start + .seconds(seconds)) { lines.append($0.logLine) }
        return lines
    }

    @Test func `has the members of the seed's line, in their order`() throws {
        let line = try JSONTreeParser.parse(Array(try #require(lines(10).first).dropLast()))
        guard let bytes = try Fixture.seedFile("loki/log-line-example.json") else { return }
        let example = try JSONTreeParser.parse(bytes)
        guard case .object(let members) = line, case .object(let expected) = example else {
            Issue.record("a line is not an object")
            return
        }
        #expect(members.map(\.name) == expected.map(\.name))
    }

    @Test func `has errors above all when the service is bad`() throws {
        let levels = try lines(110).map { try JSONTreeParser.parse(Array($0.dropLast())) }
        let errors = levels.map { $0["level"]?.text == "error" }
        let good = errors[..<(errors.count * 6 / 11)], bad = errors[(errors.count * 6 / 11)...]
        #expect(good.count { $0 } < good.count / 50 && bad.count { $0 } > bad.count / 10)
        for line in levels where line["level"]?.text == "error" { #expect(line["message"]?.text == "Request failed") }
    }
}
