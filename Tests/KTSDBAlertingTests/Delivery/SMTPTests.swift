import KTSDBScrape
import KTSDBTesting
import PrometheusWire
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify

@Suite struct `The mail protocol` {
    @Test func `has replies of several lines, however they arrive`() throws {
        let text = "250-stub\r\n250-SIZE 100\r\n250 OK\r\n354 go\r\n221\r\n"
        var whole = SMTPReplyParser(), split = SMTPReplyParser(), parts: [SMTPReply] = []
        let wanted = [
            SMTPReply(code: 250, lines: ["stub", "SIZE 100", "OK"]), SMTPReply(code: 354, lines: ["go"]),
            SMTPReply(code: 221, lines: [""]),
        ]
        #expect(try whole.take(text.utf8) == wanted && whole.isEmpty)
        for byte in text.utf8 { parts += try split.take([byte]) }
        #expect(parts == wanted)
    }

    @Test(arguments: ["x\n", "25\n", "999 x\n", "100 x\n", "250x\n", "250-a\n251 b\n", "\n"])
    func `refuses other replies`(text: String) {
        var parser = SMTPReplyParser()
        #expect(throws: SMTPReplyParser.Problem.self) { try parser.take(text.utf8) }
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func `takes any bytes without a trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("0123459 -\r\nab\0".utf8) + [0xff]
        for _ in 0..<3000 {
            var parser = SMTPReplyParser()
            _ = try? parser.take((0..<generator.below(60)).map { _ in generator.pick(alphabet) })
        }
    }

    @Test(arguments: [
        ("", ".\r\n"), ("a", "a\r\n.\r\n"), ("a\r\n", "a\r\n.\r\n"), (".", "..\r\n.\r\n"),
        ("a\n.b\n", "a\r\n..b\r\n.\r\n"), ("a\r\n.\r\nQUIT\r\n", "a\r\n..\r\nQUIT\r\n.\r\n"), ("a.b", "a.b\r\n.\r\n"),
    ])
    func `ends a mail with a dot that none of its lines is`(content: String, wanted: String) {
        #expect(String(decoding: MailConversation.dotStuffed(Array(content.utf8)), as: UTF8.self) == wanted)
    }

    /// The example of RFC 2195, and those of RFC 2202.
    @Test func `has the keyed hash of the standards`() throws {
        let method = SMTPAuthentication.cramMD5(userName: "tim", secret: "tanstaaftanstaaf")
        let response = try method.response(to: Array("<1896.697170952@postoffice.reston.mci.net>".utf8))
        #expect(String(decoding: response, as: UTF8.self) == "tim b913a602c7eda7a495b4e6e7334d3890")
        func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
        #expect(
            hex(SMTPAuthentication.hmacMD5(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)))
                == "750c783e6ab0b503eaa86e310a5db738")
        #expect(
            hex(
                SMTPAuthentication.hmacMD5(
                    key: [UInt8](repeating: 0xaa, count: 80),
                    Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)))
                == "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd")
    }

    @Test func `has base 64`() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
            #expect(Base64.standard.decoded(Base64.standard.encoded(bytes)) == bytes)
        }
        #expect(Base64.standard.encoded([0xfb, 0xff]) == "+/8=")
        for text in ["a", "a===", "ab=c", "ab c", "====", "_w=="] { #expect(Base64.standard.decoded(text) == nil) }
    }
}
