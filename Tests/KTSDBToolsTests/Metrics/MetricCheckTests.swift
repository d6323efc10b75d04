import KTSDBTools
import Testing

@Suite struct MetricCheckTests {
    private func check(_ text: String, isExtended: Bool = false, lint: String = "all") throws -> ToolOutput {
        MetricCheck.run(isExtended: isExtended, lint: lint, try Scene(input: text).files)
    }

    @Test func `Clean metrics are silent`() throws {
        let output = try check("# HELP x_total A counter.\n# TYPE x_total counter\nx_total{a=\"b\"} 1 1000\n")
        #expect(output == ToolOutput())
    }

    @Test(arguments: [
        ("x 1\n", "x no help text\n"),
        ("# HELP a:b x\n# TYPE a:b gauge\na:b 1\n", "a:b metric names should not contain ':'\n"),
        (
            "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n",
            "a_total non-counter metrics should not have \"_total\" suffix\n"
        ),
        (
            "# HELP a x\n# TYPE a gauge\na{le=\"1\",fooBar=\"\"} 1\n",
            "a label names should be written in 'snake_case' not 'camelCase'\n"
                + "a non-histogram metrics should not have \"le\" label\n"
        ),
        (
            "# HELP a_minutes x\n# TYPE a_minutes gauge\na_minutes 1\n",
            "a_minutes use base unit \"seconds\" instead of \"minutes\"\n"
        ),
        ("# HELP a x\n# TYPE a gauge\na 1\na 2\n", "a metric not unique\n"),
        (
            "# HELP a_histogram x\n# TYPE a_histogram histogram\na_histogram_bucket{le=\"+Inf\"} 1\n",
            "a_histogram metric name should not include type 'histogram'\n"
        ),
    ])
    func `What is unusual is named on standard error`(text: String, findings: String) throws {
        let output = try check(text)
        #expect(output.errors == findings)
        #expect(output.output == "")
        #expect(output.code == 3)
    }

    @Test(arguments: [
        ("x", "text format parsing error in line 1: unexpected end of input stream"),
        ("x{a=1} 1\n", "text format parsing error in line 1: expected '\"' at start of label value, found '1'"),
        ("\n x y\n", "text format parsing error in line 2: expected float as value, got \"y\""),
        ("x 1 2 3\n", "text format parsing error in line 1: spurious string after timestamp: \" 3\""),
        ("x 1 a\n", "text format parsing error in line 1: expected integer as timestamp, got \"a\""),
        ("# TYPE x foo\nx 1\n", "text format parsing error in line 1: unknown metric type \"foo\""),
        ("# TYPE x gauge\n# TYPE x gauge\n", "second TYPE line for metric name \"x\", or TYPE reported after samples"),
        ("# HELP x a\n# HELP x b\n", "second HELP line for metric name \"x\""),
        ("x{a=\"1\",a=\"2\"} 1\n", "duplicate label names for metric \"x\""),
        ("x{__name__=\"y\"} 1\n", "label name \"__name__\" is reserved"),
        ("x{a=\"\\q\"} 1\n", "invalid escape sequence '\\q'"),
        ("{} 1\n", "invalid metric name"),
        ("-1 2\n", "invalid metric name"),
    ])
    func `A text that is not in the format is an error with its line`(text: String, error: String) throws {
        let output = try check(text)
        #expect(output.errors.hasPrefix("error while linting: "))
        #expect(output.errors.contains(error), "\(output.errors)")
        #expect(output.code == 1)
    }

    @Test func `Histograms and summaries count their parts`() throws {
        let text = """
            # HELP h_seconds x
            # TYPE h_seconds histogram
            h_seconds_bucket{a="1",le="1"} 1
            h_seconds_bucket{a="1",le="+Inf"} 2
            h_seconds_sum{a="1"} 3
            h_seconds_count{a="1"} 2
            h_seconds_bucket{a="2",le="1"} 1
            h_seconds_bucket{a="2",le="+Inf"} 2
            # HELP s_seconds x
            # TYPE s_seconds summary
            s_seconds{quantile="0.5"} 1
            s_seconds_sum 1
            s_seconds_count 1
            # HELP g x
            # TYPE g gauge
            g 1

            """
        let output = try check(text, isExtended: true)
        #expect(output.errors == "")
        #expect(
            output.output
                == "Metric       Cardinality    Percentage    \nh_seconds    8              66.67%        \n"
                + "s_seconds    3              25.00%        \ng            1              8.33%         \n"
                + "Total        12             100%          \n")
    }

    @Test func `Either part can be left out, but not both`() throws {
        #expect(try check("fooBar 1\n", isExtended: true, lint: "none").code == 0)
        let output = try check("fooBar 1\n", lint: "none")
        #expect(output.code == 1)
        #expect(output.errors.hasPrefix("error: at least one of --extended or linting must be enabled\n"))
    }
}
