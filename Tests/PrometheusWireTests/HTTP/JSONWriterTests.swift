import KTSDBModel
import PrometheusWire
import Testing

@Suite struct `JSON answers` {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter(capacity: 0)
        body(&json)
        return json.text
    }

    @Test func `commas come by themselves`() {
        let text = written { json in
            json.beginObject()
            json.key("a")
            json.beginArray()
            json.integer(1)
            json.beginArray()
            json.endArray()
            json.bool(true)
            json.null()
            json.beginObject()
            json.endObject()
            json.endArray()
            json.key("b\"" as String)
            json.number(1.5)
            json.key("c")
            json.strings(["x", "y"])
            json.endObject()
        }
        #expect(text == #"{"a":[1,[],true,null,{}],"b\"":1.5,"c":["x","y"]}"#)
    }

    @Test func `native histograms have count, sum and populated buckets`() {
        let histogram = Histogram(
            schema: 0, zeroThreshold: 0.25, zeroCount: 3, count: 42, sum: 34593.34,
            positive: HistogramBuckets(offset: 0, counts: [21, 0, 6]),
            negative: HistogramBuckets(offset: 1, counts: [12]))
        #expect(
            written { $0.point(1500, histogram) }
                == #"[1.500,{"count":"42","sum":"34593.34","buckets":[[1,"-2","-1","12"],[3,"-0.25","0.25","3"],"#
                + #"[0,"0.5","1","21"],[0,"2","4","6"]]}]"#)
        let custom = Histogram(
            schema: -53, count: 3, sum: 1, positive: HistogramBuckets(offset: 0, counts: [1, 2]), customBounds: [5])
        #expect(
            written { $0.histogram(custom) }
                == #"{"count":"3","sum":"1","buckets":[[3,"-Inf","5","1"],[0,"5","+Inf","2"]]}"#)
        #expect(written { $0.histogram(Histogram()) } == #"{"count":"0","sum":"0"}"#)
    }

    @Test func `strings are escaped where JSON demands it and nowhere else`() {
        let text = written { $0.string("<a> & \"b\" \\ /\n\r\t\u{8}\u{0}\u{1f}\u{7f} 한글 \u{2028}") }
        #expect(text == "\"<a> & \\\"b\\\" \\\\ /\\n\\r\\t\\u0008\\u0000\\u001f\u{7f} 한글 \u{2028}\"")
    }

    @Test func `ill-formed bytes become replacement characters`() {
        let bytes: [UInt8] = [0x61, 0xFF, 0x22, 0xC3, 0x62, 0x0A]
        let string = written { $0.string(bytes.span) }
        #expect(string == "\"a\u{FFFD}\\\"\u{FFFD}b\\n\"")
        #expect(
            written { $0.labels(Labels(uncheckedStringForm: [1, 0x61, 2, 0xE2, 0x82])) } == "{\"a\":\"\u{FFFD}\"}")
    }

    @Test func `labels are an object`() {
        #expect(written { $0.labels([:]) } == "{}")
        let long = String(repeating: "x", count: 300)
        #expect(
            written { $0.labels(["job": "a\"b", "__name__": "up", "long": long]) }
                == #"{"__name__":"up","job":"a\"b","long":"\#(long)"}"#)
    }

    @Test(
        arguments: [
            (1_700_000_000_000, "1700000000"), (1_700_000_000_123, "1700000000.123"), (1500, "1.500"), (7, "0.007"),
            (0, "0"),
            (-1, "-0.001"), (-1500, "-1.500"), (.max, "9223372036854775.807"), (.min, "-9223372036854775.808"),
        ] as [(Int64, String)])
    func `times are seconds`(milliseconds: Int64, text: String) { #expect(written { $0.time(milliseconds) } == text) }

    @Test func `points are pairs of a time and a string`() {
        var times = Column<Int64>(), values = Column<Double>()
        for (time, value) in [(1000, 1.5), (1001, .nan), (2000, -.infinity), (3000, 1e21), (4000, -0.0)]
            as [(Int64, Double)]
        {
            times.append(time)
            values.append(value)
        }
        var json = JSONWriter()
        json.points(times.span, values.span)
        let points = json.text
        #expect(points == #"[[1,"1.5"],[1.001,"NaN"],[2,"-Inf"],[3,"1e+21"],[4,"-0"]]"#)
        #expect(written { $0.point(0, 1e21, style: .fixed) } == #"[0,"1000000000000000000000"]"#)
        #expect(written { $0.sampleValue(0.5) } == #""0.5""#)
    }

    @Test func `the envelope says what became of the request`() {
        let success = written { json in
            json.beginSuccess()
            json.beginArray()
            json.endArray()
            json.endSuccess(warnings: ["w"], infos: ["i"])
        }
        #expect(success == #"{"status":"success","data":[],"warnings":["w"],"infos":["i"]}"#)
        #expect(
            written { $0.error(type: "bad_data", message: "no \"x\"") }
                == #"{"status":"error","errorType":"bad_data","error":"no \"x\""}"#)
    }

    @Test func `bytes can be taken piece by piece`() {
        var json = JSONWriter()
        var pieces: [UInt8] = []
        json.beginArray()
        for number in 0..<1000 {
            json.integer(number)
            if json.count > 100 { pieces += json.takeBytes() }
        }
        json.endArray()
        pieces += json.takeBytes()
        #expect(json.count == 0)
        #expect(
            String(decoding: pieces, as: UTF8.self) == "[" + (0..<1000).map(String.init).joined(separator: ",") + "]")
    }
}
