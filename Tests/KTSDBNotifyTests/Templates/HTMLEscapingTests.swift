import GoTemplate
import KTSDBAlertTesting
import KTSDBNotify
import KTSDBTesting
import Testing

/// Compares with what `html/template` of Go 1.19 wrote for the same templates and data.
@Suite struct HTMLEscapingTests {
    private static let data: GoValue = [
        "a": "x<y>&\"'+ z=1`", "u": "http://h/p?q=a b&c=d#f", "j": "javascript:alert(1)", "n": 7,
        "l": .list(GoList(["p", "q"], of: .string)), "e": "",
    ]

    private static let cases: [(text: String, output: String)] = [
        (
            #"<p>{{.a}}</p>"#,
            #"<p>x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`</p>"#
        ),
        (
            #"<p title="{{.a}}">x</p>"#,
            #"<p title="x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`">x</p>"#
        ),
        (
            #"<p title='{{.a}}'>x</p>"#,
            #"<p title='x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`'>x</p>"#
        ),
        (
            #"<p title={{.a}}>x</p>"#,
            #"<p title=x&lt;y&gt;&amp;&#34;&#39;&#43;&#32;z&#61;1&#96;>x</p>"#
        ),
        (
            #"<a href="{{.u}}">x</a>"#,
            #"<a href="http://h/p?q=a%20b&amp;c=d#f">x</a>"#
        ),
        (
            #"<a href="{{.j}}">x</a>"#,
            ##"<a href="#ZgotmplZ">x</a>"##
        ),
        (
            #"<a href="/s?q={{.a}}&r={{.u}}">x</a>"#,
            #"<a href="/s?q=x%3cy%3e%26%22%27%2b%20z%3d1%60&r=http%3a%2f%2fh%2fp%3fq%3da%20b%26c%3dd%23f">x</a>"#
        ),
        (
            #"<a href="{{template "url" .}}">{{template "val" .}}</a>"#,
            #"<a href="http://h/p?q=a%20b&amp;c=d#f">[x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`]</a>"#
        ),
        (
            #"<!-- c {{.a}} -->y"#,
            #"y"#
        ),
        (
            #"<title>{{.a}}</title>"#,
            #"<title>x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`</title>"#
        ),
        (
            #"<textarea>{{.a}}</textarea>"#,
            #"<textarea>x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`</textarea>"#
        ),
        (
            #"<script>var x = {{.a}}; var y={{.n}}; var z={{.l}}</script>"#,
            #"<script>var x = "x\u003cy\u003e\u0026\"'+ z=1`"; var y= 7 ; var z=["p","q"]</script>"#
        ),
        (
            #"<style>p { color: {{.a}} }</style>"#,
            #"<style>p { color: ZgotmplZ }</style>"#
        ),
        (
            #"<p style="color: {{.n}}; width: {{.a}}">x</p>"#,
            #"<p style="color: 7; width: ZgotmplZ">x</p>"#
        ),
        (
            #"<p onclick="f({{.a}})">x</p>"#,
            #"<p onclick="f(&#34;x\u003cy\u003e\u0026\&#34;&#39;&#43; z=1`&#34;)">x</p>"#
        ),
        (
            #"{{if .a}}<b>{{.a}}</b>{{else}}<i>{{.u}}</i>{{end}}"#,
            #"<b>x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`</b>"#
        ),
        (
            #"{{range .l}}<li>{{.}}</li>{{end}}"#,
            #"<li>p</li><li>q</li>"#
        ),
        (
            #"{{$x := .a}}{{$x}}{{$x = .u}}<a href='{{$x}}'>k</a>"#,
            #"x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`<a href='http://h/p?q=a%20b&amp;c=d#f'>k</a>"#
        ),
        (
            #"{{safeHtml .a}} <p title="{{safeHtml .a}}">"#,
            #"x<y>&"'+ z=1` <p title="x&&#34;&#39;&#43; z=1`">"#
        ),
        (
            #"<a href="{{safeUrl .j}}">"#,
            #"<a href="javascript:alert%281%29">"#
        ),
        (
            #"{{.l}} {{.n}} {{.e}}|"#,
            #"[p q] 7 |"#
        ),
        (
            #"<img src="{{.u}}" alt="{{.a}}" width={{.n}}>"#,
            #"<img src="http://h/p?q=a%20b&amp;c=d#f" alt="x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`" width=7>"#
        ),
        (
            #"a < b {{.a}}"#,
            #"a &lt; b x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`"#
        ),
        (
            #"<a href="mailto:{{.a}}">"#,
            #"<a href="mailto:x%3cy%3e&amp;%22%27&#43;%20z=1%60">"#
        ),
        (
            #"<p>{{/* c */}}{{printf "%s" .a}}</p>"#,
            #"<p>x&lt;y&gt;&amp;&#34;&#39;&#43; z=1`</p>"#
        ),
        (
            #"<a href={{.u}}>q</a>"#,
            #"<a href=http://h/p?q&#61;a%20b&amp;c&#61;d#f>q</a>"#
        ),
        (
            #"{{.a | html}}"#,
            #"x&lt;y&gt;&amp;&#34;&#39;+ z=1`"#
        ),
        (
            #"{{.u | urlquery}}"#,
            #"http%3A%2F%2Fh%2Fp%3Fq%3Da&#43;b%26c%3Dd%23f"#
        ),
        (
            #"<a href="{{.u}}?x={{.a}}">"#,
            #"<a href="http://h/p?q=a%20b&amp;c=d#f?x=x%3cy%3e%26%22%27%2b%20z%3d1%60">"#
        ),
        (
            #"<a href="http://x/{{.a}}">"#,
            #"<a href="http://x/x%3cy%3e&amp;%22%27&#43;%20z=1%60">"#
        ),
    ]

    @Test func `values are escaped for their place in HTML`() throws {
        let definitions = #"{{define "url"}}{{.u}}{{end}}{{define "val"}}[{{.a}}]{{end}}"#
        let templates = try TemplateValues.templates([("x.tmpl", definitions)])
        for (text, output) in Self.cases {
            #expect(try templates.expand(text, Self.data, as: .html, at: NotifierTable.now) == output, "\(text)")
        }
    }

    @Test(arguments: [
        "{{.a}}<b>{{.a}}</b> {{.a.b}}", "<a href=\"{{.u}}\">\n  {{- .a }} {{ .a }} {{- .a.b.c -}}",
        "<!-- a\nb -->{{.a}}\n{{index .a 99999}}", "a < b {{ .a }}{{\n  .a.b }}",
        "{{if .a}}{{.a}}{{.a.b}}{{end}}", "{{.a}}\n{{range .a}}", "<!--\n-->{{.a}} {{end}}", "{{.a}}{{ .a | nosuch }}",
        "한<p>{{.a}}</p>한 {{.a.b}}", "{{.a}}{{template \"bad\" .}}", "<a href=\"{{.a}}{{template \"bad\" .}}\">",
        "{{define \"x\"}}<i>{{.a}}</i>{{.a.b}}{{end}}{{.a}}{{template \"x\" .}}",
    ]) func `errors name the place in the text as it was written`(text: String) throws {
        let templates = try TemplateValues.templates([
            ("x.tmpl", "{{define \"fine\"}}{{.a}}{{end}}\n<b>{{define \"bad\"}}{{.a}}<i>{{ .a.b }}</i>{{end}}")
        ])
        func place(_ kind: NotificationTemplates.Kind) -> Substring? {
            do throws(NotificationTemplateError) {
                _ = try templates.expand(text, Self.data, as: kind, at: NotifierTable.now)
                return nil
            } catch {
                // The name of a template that was copied for its place in HTML says so.
                return error.description.split(separator: ": executing").first
            }
        }
        #expect(place(.html) == place(.text) && place(.text)?.hasPrefix("template: ") == true)
    }

    @Test func `definitions that nest without end give an error`() throws {
        let templates = try TemplateValues.templates()
        for piece in ["{{define \"x\"}}", "{{if .a}}", "<a href=\"{{.a}}", "{{template \"x\" .}}"] {
            _ = try? templates.expand(
                String(repeating: piece, count: 5000), Self.data, as: .html, at: NotifierTable.now)
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>) func `any text gives HTML or an error`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let templates = try TemplateValues.templates()
        let pieces = [
            "{{", "}}", "{{.a}}", "<", ">", "<a href=\"", "\"", "'", "<!--", "-->", "<script>", "</script>",
            "{{if .a}}",
            "{{else}}", "{{end}}", "{{define \"x\"}}", "{{template \"x\" .}}", "{{range .l}}", " ", "=", "style=",
            "{{- ",
            " -}}", "{{/* ", " */}}", "`", "$x := ", "?", "{{$x}}", "|", "html",
        ]
        for _ in 0..<60 {
            let text = (0..<generator.below(12)).map { _ in generator.pick(pieces) }.joined()
            _ = try? templates.expand(text, Self.data, as: .html, at: NotifierTable.now)
        }
    }
}
