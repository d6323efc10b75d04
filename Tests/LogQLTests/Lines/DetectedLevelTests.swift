import KTSDBModel
import KTSDBTesting
import LogQL
import Testing

@Suite struct DetectedLevelTests {
    @Test(arguments: [
        ("[ERROR] bracketed", "error"), ("WARNING: capital", "warn"), ("level=WARN msg=x", "warn"),
        (#"{"severity":"CRITICAL"}"#, "critical"), (#"{"lvl":"dbg"}"#, "debug"), ("something fatal happened", "fatal"),
        ("trace=abc nothing", "trace"), ("an errand is no err or", "error"), ("info", "info"),
        ("Info: nothing", "info"),
        ("misc:error colon", "unknown"), ("<error> angle", "unknown"), ("INF short", "unknown"),
        ("E0115 klog", "unknown"),
        ("", "unknown"), ("terror", "unknown"), ("error", "error"), ("\u{1B}[32mINFO\u{1B}[0m", "unknown"),
    ])
    func `a line's words are those of a level where they have boundaries`(line: String, level: String) {
        #expect(DetectedLevel.level(of: line.utf8.span).rawValue == level)
    }

    @Test(arguments: [
        (#"{"a":{"level":"error"},"msg":"x"}"#, "error"), (#"{"level":"info","level":"warn"}"#, "info"),
        (#"{"a":{"level":"warn"},"level":"debug"}"#, "debug"), (#"{"lvl":"warn","level":"debug"}"#, "debug"),
        (#"  {"level":"info","msg":"cut o"#, "info"), (#"{"level":"warn" "x":1}"#, "warn"),
        (#"{"a":[{"level":"x"},"}"],"level":"inf"}"#, "info"), (#"{"level":30,"msg":"m"}"#, "unknown"),
        (#"{"a":{"b":{"level":"wrn"}}}"#, "unknown"), (#"{"level":"odd","lvl":"wrn"}"#, "warn"),
        (#"{"msg":"\"level\":\"warn\""}"#, "unknown"), ("{", "unknown"), (#"{"level":"\"#, "unknown"),
    ])
    func `an object's fields name a level two objects deep`(line: String, level: String) {
        #expect(DetectedLevel.level(of: line.utf8.span).rawValue == level)
    }

    @Test(arguments: [
        (#"msg="level=error" level=info"#, "info"), ("lvl=dbg level=inf", "info"), ("level=\"wrn\" a", "warn"),
        ("level=odd msg=fatal", "fatal"), ("level= x", "unknown"), ("level", "unknown"), ("=level=wrn", "unknown"),
        (#"a="open level=wrn"#, "unknown"),
    ])
    func `pairs name a level`(line: String, level: String) {
        #expect(DetectedLevel.level(of: line.utf8.span).rawValue == level)
    }

    @Test func `labels and metadata come before the line`() {
        func level(_ stream: Labels, _ metadata: Labels) -> String {
            DetectedLevel.value(stream: stream, metadata: metadata, line: "level=info".utf8.span)
        }
        #expect(level(["level": "WRN"], ["severity": "error"]) == "warn")
        #expect(level([:], ["SeverityText": "Err"]) == "error")
        #expect(level([:], ["severity_number": "17"]) == "error")
        #expect(level([:], ["severity_number": "17", "lvl": "trc"]) == "trace")
        #expect(level([:], ["severity_number": "99"]) == "unknown")
        #expect(level(["level": "notice"], [:]) == "notice")
        #expect(level([:], ["detected_level": "mine", "level": "warn"]) == "mine")
        #expect(level([:], [:]) == "info")
    }

    @Test func `lines of any bytes have a level`() {
        var random = SeededGenerator(seed: 1)
        let parts = ["{", "}", "[", "\"", "\\", ":", ",", "level", "error", "=", " ", "a", "\u{0}", "info", "lvl"]
        for _ in 0..<20_000 {
            var line: [UInt8] = []
            for _ in 0..<random.below(12) { line += Array(random.pick(parts).utf8) }
            if random.oneIn(3) { line.append(UInt8(random.below(256))) }
            let level = DetectedLevel.level(of: line.span)
            let named = [("error", LogLevel.error), ("info", .info)].filter { name, _ in
                String(decoding: line, as: UTF8.self).contains(name)
            }
            #expect(level == .unknown || named.contains { $0.1 == level })
        }
    }
}
