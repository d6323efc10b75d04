import Foundation
import Testing

/// Every example of a guide is code that the tests build and run.
@Suite struct `Guides` {
    @Test func `show the code of GuideTests`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        func text(_ path: String) throws -> String {
            String(decoding: try Data(contentsOf: root.appendingPathComponent(path)), as: UTF8.self)
        }
        func trimmed(_ lines: some Sequence<Substring>) -> [String] {
            lines.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let tests = trimmed(try text("Tests/KTSDBTests/GuideTests.swift").split(separator: "\n"))
        let guides = try FileManager.default.contentsOfDirectory(
            atPath: root.appendingPathComponent("Sources/KTSDB/KTSDB.docc").path)
        var examples = 0
        for guide in guides where guide.hasSuffix(".md") {
            let parts = try text("Sources/KTSDB/KTSDB.docc/\(guide)").components(separatedBy: "```swift\n").dropFirst()
            for part in parts {
                let code = part.components(separatedBy: "```")[0]
                let lines = trimmed(code.split(separator: "\n"))
                let isThere = tests.indices.contains { tests[$0...].starts(with: lines) }
                #expect(isThere, "\(guide) has an example that GuideTests does not run:\n\(code)")
                examples += 1
            }
        }
        #expect(guides.count >= 7 && examples >= 15)
    }
}
