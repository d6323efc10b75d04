import PrometheusWire
import Testing

@Suite struct `Escaping of names` {
    @Test(arguments: [
        ("http.req", "http_req", "http_dot_req", "U__http_2e_req"),
        ("my_http.ü", "my_http__", "my__http_dot___", "U__my__http_2e__fc_"),
        ("plain_name:x", "plain_name:x", "plain_name:x", "plain_name:x"),
        ("0a", "_a", "__a", "U___30_a"), ("", "", "", ""), ("a b", "a_b", "a__b", "U__a_20_b"),
        ("花火", "__", "____", "U___82b1__706b_"), ("é", "_", "__", "U___e9_"),
    ])
    func `is that of Prometheus`(name: String, underscores: String, dots: String, values: String) {
        #expect(NameEscaping.underscores.metricName(name) == underscores)
        #expect(NameEscaping.dots.metricName(name) == dots)
        #expect(NameEscaping.values.metricName(name) == values)
        #expect(NameEscaping.allowUTF8.metricName(name) == name)
    }

    @Test func `a label has no colons`() {
        #expect(NameEscaping.underscores.labelName("a:b") == "a_b")
        #expect(NameEscaping.values.labelName("a:b") == "U__a_3a_b")
        #expect(NameEscaping.dots.labelName("a_b") == "a_b")
    }

    @Test func `types are taken by quality, then by how much they say`() {
        let types = AcceptedTypes("*/*;q=0.5, text/* ;q=0.5,a/b;q=0.5;x=\"1,2\", C/D ; V = 1,nonsense,e/f;q=x")
        #expect(types.entries.map(\.type) == ["c/d", "e/f", "a/b", "text/*", "*/*"])
        #expect(types.entries[2].parameters == ["x": "1,2"] && types.entries[0].parameters == ["v": "1"])
    }
}
