import KTSDBModel
import LogQL
import Testing

@Suite struct FormatStageTests {
    private let harness = PipelineHarness(stream: ["app": "a", "env": "prod"], metadata: ["trace": "t"])

    @Test(arguments: [
        ("{{.app}}-{{.trace}}[{{.missing}}]", "a-t[]"), ("{{__line__}}!", "a second later!"),
        ("{{ __line__ | upper }}", "A SECOND LATER"),
        ("{{ . }}", "map[app:a env:prod trace:t]"), ("{{ $x := .app }}{{ $x }}{{ $.env }}", "aprod"),
        ("{{ if eq .app \"a\" }}yes{{ else }}no{{ end }}", "yes"), ("{{ (fromJson \"{}\").x }}", "<no value>"),
        (
            "{{ range $i, $t := fromJson `[1,\"x\",{\"a\":null}]` }}{{ $i }}={{ $t }};{{ end }}",
            "0=1;1=x;2=map[a:<nil>];"
        ),
        ("{{ fromJson \"{broken\" }}", "<no value>"),
        ("{{ __timestamp__ | date \"2006-01-02 15:04:05.000\" }}", "2024-01-15 09:00:00.123"),
        ("{{ __timestamp__ | unixEpoch }} {{ __timestamp__ | unixEpochNanos }}", "1705309200 1705309200123456789"),
        ("{{ __timestamp__.Year }}", "2024"), ("{{ unixToTime \"1705309200\" | date \"15:04\" }}", "09:00"),
        ("{{ toDate \"2006-01-02\" \"2024-02-29\" | date \"Jan 2, 2006\" }}", "Feb 29, 2024"),
        ("{{ toDateInZone \"2006-01-02 15:04\" \"Asia/Seoul\" \"2024-01-15 18:00\" | unixEpoch }}", "1705309200"),
        ("{{ now | unixEpoch | len }}", "10"),
    ])
    func `a template makes the line`(template: String, result: String) throws {
        var pipeline = try LinePipeline(stages: [.lineFormat(template)])
        let line = pipeline.process(
            LogLine(
                stream: harness.stream, time: harness.time, line: Array("a second later".utf8),
                metadata: harness.metadata))
        #expect(line.map { String(decoding: $0.line, as: UTF8.self) } == result)
        #expect(line?.parsed == [:])
    }

    @Test(arguments: [
        ("{{ div 1 0 }}", "at <div 1 0>: error calling div: runtime error: integer divide by zero"),
        ("{{ mod 1 0 }}", "at <mod 1 0>: error calling mod: runtime error: integer divide by zero"),
        ("{{ divf 1 0 }}", "at <divf 1 0>: error calling divf: decimal division by 0"),
        ("{{ urldecode \"%zz\" }}", "at <urldecode \"%zz\">: error calling urldecode: invalid URL escape \"%zz\""),
        (
            "{{ count \"(\" \"x\" }}",
            "at <count \"(\" \"x\">: error calling count: error parsing regexp: missing closing ): `(`"
        ),
    ])
    func `a template that fails leaves the line and sets an error`(template: String, details: String) throws {
        var pipeline = try LinePipeline(stages: [.lineFormat(template)])
        let processed = pipeline.process(LogLine(stream: [:], time: 0, line: Array("x".utf8)))
        let line = try #require(processed)
        #expect(line.line == Array("x".utf8))
        #expect(
            line.parsedLabels == [
                "__error__": "TemplateFormatErr",
                "__error_details__": "template: line:1:3: executing \"line\" \(details)",
            ])
    }

    @Test(arguments: [
        ("lower `ABC`", "abc"), ("title `a bc-d`", "A Bc-D"), ("trunc 2 `abc`", "ab"), ("trunc -2 `abc`", "bc"),
        ("substr 1 2 `abc`", "b"), ("substr -1 2 `abc`", "ab"), ("substr 1 -1 `abc`", "bc"),
        ("contains `b` `abc`", "true"),
        ("hasPrefix `a` `abc`", "true"), ("hasSuffix `a` `abc`", "false"), ("indent 2 `a\nb`", "  a\n  b"),
        ("nindent 1 `a`", "\n a"), ("replace `a` `b` `aa`", "bb"), ("Replace `aaa` `a` `b` 2", "bba"),
        ("repeat 3 `ab`", "ababab"),
        ("trim ` a `", "a"), ("trimAll `$` `$a$`", "a"), ("trimPrefix `a` `ab`", "b"), ("trimSuffix `b` `ab`", "a"),
        ("Trim `xxaxx` `x`", "a"), ("TrimLeft `xax` `x`", "ax"), ("TrimRight `xax` `x`", "xa"),
        ("TrimPrefix `ab` `a`", "b"),
        ("TrimSuffix `ab` `b`", "a"), ("TrimSpace ` a\n`", "a"), ("alignLeft 3 `a`", "a  "),
        ("alignRight 3 `a`", "  a"),
        ("alignLeft 1 `한글`", "한"), ("alignRight 1 `한글`", "글"), ("alignLeft -1 `abc`", "abc"),
        ("b64enc `hello`", "aGVsbG8="),
        ("b64dec `aGVsbG8=`", "hello"), ("b64dec `a`", "illegal base64 data at input byte 0"),
        ("urlencode `a b&`", "a+b%26"),
        ("urldecode `a+b%26`", "a b&"), ("default `x` ``", "x"), ("default `x` `y`", "y"), ("count `e.` `eaebe`", "2"),
        ("regexReplaceAll `(o)(n)` `second on` `${2}-$1`", "secn-od n-o"),
        ("regexReplaceAllLiteral `o` `oo` `$0`", "$0$0"),
        ("regexReplaceAll `x*` `axb` `-`", "-a-b-"), ("int `42`", "42"), ("int `4.9`", "4"), ("int `x`", "0"),
        ("float64 `4.5`", "4.5"), ("add `3` `4` 1", "8"), ("add `0x10` 1", "17"), ("sub 1 3", "-2"),
        ("mul 2 `3` 4", "24"),
        ("div 7 2", "3"), ("mod -7 2", "-1"), ("addf 0.1 0.2", "0.3"), ("subf 0.3 0.1", "0.2"),
        ("mulf 1.1 1.1", "1.21"),
        ("divf 1 3", "0.3333333333333333"), ("max 1 `5` 3", "5"), ("min 4 2 3", "2"), ("maxf 1.5 2", "2"),
        ("minf 1.5 2", "1.5"),
        ("ceil 1.2", "2"), ("floor -1.2", "-2"), ("round 2.345 2", "2.35"), ("round 1234 -2", "1200"),
        ("bytes `1.5KiB`", "1536"), ("bytes `2MB`", "2e+06"), ("duration `1m30s`", "90"),
        ("duration_seconds `250ms`", "0.25"),
        ("printf `%05d|%q` 42 `q`", "00042|\"q\""), ("len `abc`", "3"), ("index `abc` 1", "98"),
        ("slice `abcdef` 1 3", "bc"),
    ])
    func `functions do what their names say`(call: String, result: String) throws {
        var pipeline = try LinePipeline(stages: [.lineFormat("{{ \(call) }}")])
        let processed = pipeline.process(LogLine(stream: [:], time: 0, line: []))
        let line = try #require(processed)
        #expect(String(decoding: line.line, as: UTF8.self) == result, "\(line.parsed)")
    }

    @Test func `label_format renames and computes`() throws {
        func labels(_ stage: String) throws -> [String: String] {
            let line = try #require(try harness.process("| label_format \(stage)", "x"))
            var all = line.parsedLabels
            for label in line.stream { all[label.name] = label.value }
            for label in line.metadata { all[label.name] = label.value }
            return all
        }
        #expect(try labels("x=app") == ["x": "a", "env": "prod", "trace": "t"])
        #expect(try labels("env=app") == ["env": "a", "trace": "t"])
        #expect(try labels("x=missing") == ["app": "a", "env": "prod", "trace": "t"])
        #expect(try labels(#"x="{{.missing}}""#) == ["x": "", "app": "a", "env": "prod", "trace": "t"])
        #expect(try labels(#"x=app, y="{{.app}}|{{.x}}""#) == ["x": "a", "y": "|a", "env": "prod", "trace": "t"])
        #expect(try labels(#"x="1", app="{{.x}}""#) == ["x": "1", "app": "", "env": "prod", "trace": "t"])
        #expect(try labels("tid=trace") == ["tid": "t", "app": "a", "env": "prod"])
    }

    @Test(arguments: [
        (
            PipelineStage.lineFormat("{{.a"),
            #"| line_format "{{.a"' : invalid line template: template: line:1: unclosed action"#
        ),
        (
            .labelFormat([LabelFormat("a", .template("{{.b"))]),
            #"| label_format a="{{.b"' : invalid template for label 'a': template: label:1: unclosed action"#
        ),
        (
            .labelFormat([LabelFormat("a", .label("b")), LabelFormat("a", .label("c"))]),
            "| label_format a=b,a=c' : multiple label name 'a' not allowed in a single format operation"
        ),
    ])
    func `a malformed format is an error of the query`(stage: PipelineStage, text: String) {
        #expect(throws: LogQLError(.invalidQuery, "parse error : stage '\(text)")) { try LinePipeline(stages: [stage]) }
    }

    @Test func `labels that templates use are parsed though the result needs none`() throws {
        let harness = PipelineHarness(needs: .none)
        #expect(try harness.line(#"| json | line_format "{{.a}}""#, #"{"a":"x","b":"#) == "x")
        #expect(try harness.line(#"| json | line_format "{{ . }}""#, #"{"a":"x","b":"y"}"#) == "map[a:x app:a b:y]")
    }
}
