import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify

@Suite struct `Addresses and headers` {
    @Test(arguments: [
        ("0", 0), ("7", 7), (" 120 ", 120), ("999999999999", 3600), ("Fri, 15 Jan 2027 08:00:30 GMT", 30),
        ("Fri, 15 Jan 2027 09:30:00 GMT", 3600), ("Fri, 15 Jan 2027 07:00:00 GMT", nil), ("-1", nil), ("", nil),
        ("soon", nil), ("99999999999999999999", nil),
    ])
    func `say when to come again`(text: String, seconds: Int?) {
        let now = WallTime(seconds: 1_800_000_000)
        #expect(RetryAfter.duration(text, at: now) == seconds.map { .seconds($0) })
    }

    @Test func `are not shown`() {
        var redaction = Redaction()
        redaction.hide(address: "https://u:pass-word@h/services/T1/B2/abcdefghijklmnopqr?key=0123456789abcdefgh")
        redaction.hide("")
        let text =
            "Post https://h/services/T1/B2/abcdefghijklmnopqr?key=0123456789abcdefgh abcdefghijklmnopqr pass-word h"
        #expect(redaction.applied(to: text) == "Post <redacted> <redacted> <redacted> h")
    }
}
