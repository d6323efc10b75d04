import KTSDBTools
import Testing

@Suite struct `Commands that query` {
    private static let vector = #"""
        {"resultType":"vector","result":[
        {"metric":{"__name__":"up","b":"x\"y<é","a":"1"},"value":[1700000000.123,"0.000001"]},
        {"metric":{},"value":[1700000000,"NaN"]},{"metric":{"__name__":"z"},"value":[1,"+Inf"]}]}
        """#
    private static let matrix = #"""
        {"resultType":"matrix","result":[{"metric":{"__name__":"up","b":"2"},"values":[[1,"2"],[2.5,"3"]]},
        {"metric":{"__name__":"up","a":"2"},"values":[[1,"2"],[2.5,"3"]]},{"metric":{"z":"1"},"values":[[1,"1"]]}]}
        """#
    private static let histogram = #"""
        {"resultType":"vector","result":[{"metric":{"__name__":"h"},"histogram":[1700000000,{"count":"10.5","sum":"1e-7",
        "buckets":[[3,"-0.25","0.25","3"],[0,"0.25","0.5","1e+22"],[1,"1e-7","123456789","2"],[2,"1e21","+Inf","2.5"]]}]}]}
        """#

    private func ask(_ data: String, _ format: String) -> ToolOutput {
        TestPrometheus(data: data).run("query", "instant", "-o", format, "http://x", "up", isPromtool: false)
    }

    @Test func `print vectors as promtool does, as JSON and as CSV`() {
        #expect(
            ask(Self.vector, "text").output == """
                up{a="1", b="x\\"y<é"} => 0.000001 @[1700000000.123]
                {} => NaN @[1700000000]
                z => +Inf @[1]

                """)
        #expect(
            ask(Self.vector, "json").output == #"""
                [{"metric":{"__name__":"up","a":"1","b":"x\"y\u003cé"},"value":[1700000000.123,"0.000001"]},\#
                {"metric":{},"value":[1700000000,"NaN"]},{"metric":{"__name__":"z"},"value":[1,"+Inf"]}]

                """#)
        #expect(
            ask(Self.vector, "csv").output == """
                __name__,a,b,timestamp,value
                up,1,"x""y<é",1700000000.123,0.000001
                ,,,1700000000,NaN
                z,,,1,+Inf

                """)
    }

    @Test func `print matrices with the series that have fewer labels first`() {
        #expect(
            ask(Self.matrix, "promql").output == """
                {z="1"} =>
                1 @[1]
                up{b="2"} =>
                2 @[1]
                3 @[2.5]
                up{a="2"} =>
                2 @[1]
                3 @[2.5]

                """)
        #expect(ask(Self.matrix, "csv").output.hasPrefix("__name__,a,b,z,timestamp,value\nup,,2,,1,2\nup,,2,,2.5,3\n"))
    }

    @Test func `print histograms with their buckets`() {
        let buckets = "[[-0.25,0.25]:3 (0.25,0.5]:10000000000000000000000 [1e-07,1.23456789e+08):2 (1e+21,+Inf):2.5]"
        #expect(
            ask(Self.histogram, "text").output
                == "h => Count: 10.500000, Sum: 0.000000, Buckets: \(buckets) @[1700000000]\n")
        #expect(
            ask(Self.histogram, "json").output.contains(
                #"{"count":"10.5","sum":"0.0000001","buckets":[[3,"-0.25","0.25","3"],"#))
    }

    @Test func `print scalars, strings and nothing`() {
        #expect(ask(#"{"resultType":"scalar","result":[1.5,"1e+3"]}"#, "text").output == "scalar: 1000 @[1.5]\n")
        #expect(ask(#"{"resultType":"scalar","result":[1.5,"1e+3"]}"#, "json").output == "[1.5,\"1000\"]\n")
        #expect(ask(#"{"resultType":"string","result":[1,"a,b"]}"#, "csv").output == "timestamp,value\n1,\"a,b\"\n")
        #expect(ask(#"{"resultType":"vector","result":[]}"#, "text").output == "\n")
        #expect(ask(#"{"resultType":"vector","result":[]}"#, "json").output == "[]\n")
    }

    @Test(arguments: [
        (400, #"{"status":"error","errorType":"bad_data","error":"invalid"}"#, "bad_data: invalid"),
        (422, #"{"status":"error","errorType":"execution","error":"boom"}"#, "execution: boom"),
        (404, "404 page not found\n", "client_error: client error: 404 (detail: 404 page not found)"),
        (500, "", "server_error: server error: 500"), (302, "", "bad_response: bad response code 302"),
        (400, #"{"status":"success","data":[]}"#, "bad_response: inconsistent body for response code"),
        (200, "<html>", "bad_response: invalid character '<' looking for beginning of value"),
        (
            200, #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}"#,
            "bad_response: the answer is not one of Prometheus' API: \"x\""
        ),
        (200, #"{"status":"success","data":{"resultType":"tensor"}}"#, "unexpected value type \"tensor\""),
    ])
    func `say what is wrong with an answer`(_ status: Int, _ body: String, _ reason: String) {
        let output = TestPrometheus((status, body)).run("query", "instant", "http://x", "up")
        #expect(output.errors == "query error: \(reason)\n" && output.output == "" && output.code == 1)
    }

    @Test func `send what promtool sends`() {
        let server = TestPrometheus(data: #"{"resultType":"matrix","result":[]}"#)
        _ = server.run("query", "instant", "http://x/pre/", "a+b", "--time=1700000000.5", "--header=X-A=b")
        _ = server.run("query", "range", "http://x", "up", "--start=0", "--end=10000.5", "--step=90m")
        _ = server.run("query", "range", "http://x", "up", "--end=1000")
        #expect(
            server.lines == [
                "POST /api/v1/query query=a%2Bb&time=1700000000.5",
                "POST /api/v1/query_range end=10000.5&query=up&start=0&step=5400",
                "POST /api/v1/query_range end=1000&query=up&start=700&step=1",
            ])
        #expect(server.requests[0].headers.contains(ToolServer.Request.Header("X-A", "b")))
    }

    @Test func `ask again with GET where POST is not allowed`() {
        let server = TestPrometheus((405, ""), (200, #"{"status":"success","data":[{"__name__":"up"}]}"#))
        let output = server.run("query", "series", "http://x", "--match=up", "--start=1", "--end=2")
        #expect(output.output == "{__name__=\"up\"}\n")
        #expect(
            server.lines == [
                "POST /api/v1/series end=2&match%5B%5D=up&start=1",
                "GET /api/v1/series?end=2&match%5B%5D=up&start=1 ",
            ])
    }

    @Test func `list label values with warnings, and series in every form`() {
        let values = TestPrometheus((200, #"{"status":"success","data":["a","<b"],"warnings":["hm"]}"#))
        let output = values.run("query", "labels", "http://x", "a.b/c")
        #expect(output.output == "a\n<b\n" && output.errors == "query warning: hm\n" && output.code == 0)
        #expect(values.run("query", "labels", "http://x", "n", "-ojson").output == "[\"a\",\"\\u003cb\"]\n")
        #expect(values.run("query", "labels", "http://x", "n", "-ocsv").output == "n\na\n<b\n")
        #expect(values.lines[0].hasPrefix("GET /api/v1/label/a.b%2Fc/values?end=1835996400&start=1764003600"))
        let series = TestPrometheus(data: #"[{"__name__":"up","b":"x","a":"é"},{"q":"1"}]"#)
        #expect(
            series.run("query", "series", "http://x", "--match=a").output
                == "{__name__=\"up\", a=\"é\", b=\"x\"}\n{q=\"1\"}\n")
        #expect(
            series.run("query", "series", "http://x", "--match=a", "-ocsv").output == "__name__,a,b,q\nup,é,x,\n,,,1\n")
    }

    @Test func `name warnings, which promtool keeps to itself`() {
        let server = TestPrometheus(
            (200, #"{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["w"],"infos":["i"]}"#))
        #expect(server.run("query", "instant", "http://x", "up").errors == "")
        #expect(
            server.run("query", "instant", "http://x", "up", isPromtool: false).errors
                == "query warning: w\nquery warning: i\n")
    }

    @Test(arguments: [
        (["query", "instant", "http://x"], "required argument 'expr' not provided"),
        (["query", "instant"], "required argument 'server' not provided"),
        (["query", "instant", "a", "b", "c"], "unexpected c"), (["query", "foo"], "expected command but got \"foo\""),
        (
            ["query", "instant", "-o", "xml", "a", "b"],
            "enum value must be one of promql,json,text,csv,chart, got 'xml'"
        ),
        (["query", "range", "http://x", "up", "--step=1"], "time: missing unit in duration \"1\""),
        (["query", "range", "http://x", "up", "--step=1q"], "time: unknown unit \"q\" in duration \"1q\""),
        (["query", "range", "http://x", "up", "--step=x"], "time: invalid duration \"x\""),
        (["query", "range", "http://x", "up", "--header=x"], "expected KEY=VALUE got 'x'"),
        (["query", "series", "http://x"], "required flag --match not provided"),
        (["query", "instant", "http://a b", "up"], "invalid URL: \"http://a b\" is not like http://127.0.0.1:9090"),
        (["query", "analyze", "--type=histogram", "--match=x"], "required flag --server not provided"),
        (["query", "instant", "-ochart", "http://x", "up"], "a chart needs a range; see query range"),
        (["query", "instant", "--data=d", "--server=s", "up"], "--server and --data exclude each other"),
        (["tsdb", "list"], "ktsdb's directories are not those of Prometheus; see `ktsdb tsdb`"),
    ])
    func `refuse command lines in promtool's words`(_ line: [String], _ reason: String) {
        let server = TestPrometheus(data: "[]")
        let output = PromtoolCommand.run(line, server.environment())
        #expect(output.errors == "ktsdb: error: \(reason), try --help\n" && output.code == 1)
        #expect(server.requests.isEmpty)
    }

    @Test(arguments: [
        (["range", "http://x", "up", "--start=5", "--end=3"], "start time is not before end time"),
        (
            ["range", "http://x", "up", "--start=x"],
            "error parsing start time: cannot parse \"x\" to a valid timestamp"
        ),
        (["range", "http://x", "up", "--end=x"], "error parsing end time: cannot parse \"x\" to a valid timestamp"),
        (
            ["instant", "http://x", "up", "--time=z"],
            "error parsing evaluation time: cannot parse \"z\" to a valid timestamp"
        ),
        (["analyze", "--server=x", "--type=counter", "--match=x"], "analyze type is counter, must be 'histogram'"),
    ])
    func `refuse times in promtool's words`(_ line: [String], _ reason: String) {
        let output = PromtoolCommand.run(["query"] + line, TestPrometheus(data: "[]").environment())
        #expect(output.errors == "\(reason)\n" && output.code == 1)
    }

    @Test func `take the server as an argument, as a flag or for granted`() {
        let server = TestPrometheus(data: #"{"resultType":"vector","result":[]}"#)
        for line in [["up"], ["x:9090", "up"], ["--server", "http://x", "up"]] {
            let output = PromtoolCommand.run(["query", "instant"] + line, server.environment(isPromtool: false))
            #expect(output.code == 0, "\(line): \(output.errors)")
        }
        #expect(server.lines.count == 3)
        #expect(server.run("query", "instant", "--server=http://x", "up").code == 0)
    }

    @Test func `have help`() {
        let help = TestPrometheus().run("query", "range", "--help").output
        #expect(help.hasPrefix("usage: ktsdb query range [<flags>] [<server>] <expr>\n"))
        #expect(help.contains("--step") && help.contains("--enable-feature"))
    }

    @Test func `draw ranges`() {
        let output = TestPrometheus(data: Self.matrix).run(
            "query", "range", "http://x", "up", "--start=1", "--end=3", "-ochart")
        #expect(output.output.contains("1970-01-01 00:00:01 … 1970-01-01 00:00:03 UTC"))
        #expect(output.output.contains("a  up{b=\"2\"}  min 2, average 2.5, max 3, last 3\n"))
    }

    @Test func `analyze classic histograms and native ones`() {
        let classic = #"""
            {"resultType":"matrix","result":[
            {"metric":{"__name__":"h_bucket","le":"1","job":"a"},"values":[[1,"0"],[2,"1"]]},
            {"metric":{"__name__":"h_bucket","le":"+Inf","job":"a"},"values":[[1,"2"],[2,"2"]]},
            {"metric":{"__name__":"h_bucket","le":"0.5","job":"a"},"values":[[1,"0"],[2,"0"]]},
            {"metric":{"__name__":"other","le":"1"},"values":[[1,"0"],[2,"1"]]},
            {"metric":{"__name__":"n"},"histograms":[
            [1,{"count":"1","sum":"1","buckets":[[0,"1","2","1"]]}],
            [2,{"count":"3","sum":"1","buckets":[[0,"1","2","1"],[0,"2","4","2"]]}]]}]}
            """#
        let server = TestPrometheus(data: classic)
        let output = server.run(
            "query", "analyze", "--server=http://x", "--type=histogram", "--match=h_bucket", "--time=5")
        #expect(
            output.output == """
                Bucket stats for each histogram series over time
                ------------------------------------------------
                First the min, avg, and max number of populated buckets, followed by the total
                number of buckets (only if different from the max number of populated buckets
                which is typical for classic but not native histograms).

                - n (native): 1/1.500/2
                - h_bucket{job="a"} (classic): 1/1.500/2/3

                Aggregated bucket stats
                -----------------------
                Each line shows min/avg/max over the series above.

                Native histogram series (1 in total):
                - min populated: 1/1.000/1
                - avg populated: 1/1.000/1
                - max populated: 2/2.000/2

                Classic histogram series (1 in total):
                - min populated: 1/1.000/1
                - avg populated: 1/1.000/1
                - max populated: 2/2.000/2
                - total: 3/3.000/3

                """)
        #expect(server.lines == ["POST /api/v1/query query=h_bucket%5B1h%5D&time=5"])
    }

    @Test func `ask whether a server is well`() {
        let server = TestPrometheus((200, "Prometheus Server is Healthy.\n"), (503, "Service Unavailable"))
        let healthy = server.run("check", "healthy", "--url=http://x:1/")
        #expect(healthy.errors == "  SUCCESS:  Prometheus Server is Healthy.\n\n" && healthy.code == 0)
        let ready = server.run("check", "ready", "--url=http://x:1/")
        #expect(ready.errors == "check failed: URL=http://x:1, status=503\n" && ready.code == 1)
        #expect(server.lines == ["GET /-/healthy ", "GET /-/ready "])
    }
}
