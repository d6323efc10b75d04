import NIOCore
import Testing

@testable import KTSDBScrape

@Suite struct `JSON of discoveries` {
    private static func read(_ text: String, ignoring ignored: Set<String> = []) throws -> JSONDocument {
        try JSONDocument.read(Array(text.utf8), ignoring: ignored)
    }

    @Test func `is read with all kinds of values`() throws {
        let json = try Self.read(
            #" {"a": [1, -2.5e+3, true, false, null, "x\n\u00e9\ud83d\ude00\ud800"], "b": {"c": {}}, "b": {"d": []}} "#)
        #expect(json["a"].elements.count == 6)
        #expect(json["a"].elements[0].integer == 1)
        #expect(try json["a"].elements[1] == Self.read("-2.5e+3"))
        #expect(json["a"].elements[2].isTrue == true)
        #expect(json["a"].elements[5].text == "x\né😀\u{fffd}")
        #expect(json["b"]["d"].list == [] && json["b"]["d"].hasParts)
        #expect(json["none"]["nothing"].elements.isEmpty && json["none"].isNull)
        #expect(json["a"]["x"].text == nil && json["a"].members.isEmpty && json["b"].integer == nil)
    }

    @Test func `is kept without lists and objects of some names, wherever they are`() throws {
        let json = try Self.read(#"{"x": [1], "y": {"x": {"z": 1}, "w": {"x": "label"}}}"#, ignoring: ["x"])
        #expect(json == (try Self.read(#"{"y": {"w": {"x": "label"}}}"#)))
    }

    @Test(arguments: [
        "", " ", "{", "[", "\"", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "[1,]", "[1 2]",
        "tru", "nul", "truex", "1 1", "01", "1.", ".5", "1e", "-", "+1", "NaN", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
        "\"\n\"", "{}{}", "'a'", "\u{feff}{}", String(repeating: "[", count: 100_000),
        String(repeating: "{\"a\":", count: 100_000),
    ])
    func `that is not valid is refused`(text: String) {
        #expect(throws: DiscoveryFailure.self) { try Self.read(text) }
    }

    @Test func `may not have more values than allowed`() throws {
        let text = Array("[1,[2,3]]".utf8)
        #expect(throws: DiscoveryFailure.self) { try JSONDocument.read(text, valueLimit: 4) }
        #expect(try JSONDocument.read(text, valueLimit: 5).elements.count == 2)
    }

    @Test func `comes in lines, however they are cut`() throws {
        let text = "one\n\ntwo\nthree\n"
        for size in 1...text.utf8.count {
            var splitter = LineSplitter(limit: 5), lines: [String] = []
            var rest = ByteBuffer(string: text)
            while rest.readableBytes > 0 {
                let part = rest.readSlice(length: min(size, rest.readableBytes)) ?? ByteBuffer()
                lines += try splitter.lines(adding: part).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(lines == ["one", "two", "three"], "\(size)")
        }
        var splitter = LineSplitter(limit: 5)
        #expect(throws: DiscoveryFailure.self) { try splitter.lines(adding: ByteBuffer(string: "sixsix")) }
    }
}
