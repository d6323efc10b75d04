import KTSDBTools
import Testing

@Suite struct `Commands that change expressions` {
    private func run(_ line: String..., isPromtool: Bool = false) -> ToolOutput {
        PromtoolCommand.run(["promql"] + line, TestPrometheus().environment(isPromtool: isPromtool))
    }

    @Test func `format over several lines`() {
        let long = "sum by (job) (rate(requests_total{status=~\"5..\"}[5m])) / sum by (job) (rate(requests_total[5m]))"
        #expect(
            run("format", long + " > 0.05").output == """
                  sum by (job) (rate(requests_total{status=~"5.."}[5m])) / sum by (job) (rate(requests_total[5m]))
                >
                  0.05

                """)
        #expect(run("format", "sum(  x  )by(a)").output == "sum by (a) (x)\n")
    }

    @Test(arguments: [
        (["up", "job", "a"], "up{job=\"a\"}"), (["up{job=\"b\"}", "job", "a"], "up{job=\"a\"}"),
        (["up{a=\"1\",job=~\"b\",job!=\"c\"}", "job", "a"], "up{a=\"1\",job=\"a\",job=\"a\"}"),
        (["sum(rate(x[5m])) / -y", "a", "b"], "sum(rate(x{a=\"b\"}[5m])) / -y{a=\"b\"}"),
        (
            ["topk(scalar(k), x) + (y offset 5m)", "a", "b"],
            "topk(scalar(k{a=\"b\"}), x{a=\"b\"}) + (y{a=\"b\"} offset 5m)"
        ),
        (["max_over_time(x[1h:5m])", "a", "\"\n"], "max_over_time(x{a=\"\\\"\\n\"}[1h:5m])"),
        (["up", "__name__", "down"], "up{__name__=\"down\"}"), (["1 + 2", "a", "b"], "1 + 2"),
    ])
    func `set a matcher in every selector`(_ arguments: [String], _ expected: String) {
        let output = PromtoolCommand.run(
            ["promql", "label-matchers", "set"] + arguments, TestPrometheus().environment(isPromtool: false))
        #expect(output.output == expected + "\n" && output.code == 0, "\(output.errors)")
    }

    @Test func `set matchers of every type`() {
        #expect(run("label-matchers", "set", "-t", "=~", "up", "job", "a.*").output == "up{job=~\"a.*\"}\n")
        #expect(run("label-matchers", "set", "--type=!~", "up", "job", "a(").output == "up{job!~\"a(\"}\n")
        #expect(
            run("label-matchers", "set", "-t", "~", "up", "job", "a").errors
                == "ktsdb: error: enum value must be one of =,!=,=~,!~, got '~', try --help\n")
    }

    @Test func `delete the matchers of a label`() {
        let text = "rate(x{job=\"a\",job!=\"b\",y=\"z\"}[5m]) + up{job=\"a\"}"
        #expect(run("label-matchers", "delete", text, "job").output == "rate(x{y=\"z\"}[5m]) + up\n")
        #expect(run("label-matchers", "delete", "{job=\"a\"}", "job").output == "{}\n")
    }

    @Test func `live with long chains and deep nesting`() {
        let chain = [String](repeating: "x", count: 20_000).joined(separator: "+")
        #expect(run("label-matchers", "delete", chain, "a").code == 0)
        let deep = String(repeating: "(", count: 10_000) + "x" + String(repeating: ")", count: 10_000)
        #expect(run("label-matchers", "set", deep, "a", "b").code == 1)
    }

    @Test func `are experimental in promtool`() {
        let reason = "This command is experimental and requires the --experimental flag to be set.\n"
        #expect(run("format", "up", isPromtool: true).errors == reason)
        #expect(run("format", "up", isPromtool: true).code == 1)
        #expect(run("format", "up", "--experimental", isPromtool: true).output == "up\n")
    }

    @Test func `say what is wrong with an expression`() {
        let output = run("format", "sum(")
        #expect(output.errors.hasPrefix("1:") && output.errors.contains("parse error: ") && output.code == 1)
    }
}
