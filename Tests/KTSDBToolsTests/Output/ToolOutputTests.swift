import KTSDBTools
import Testing

@Suite struct ToolOutputTests {
    @Test func linesGoToTheirStreams() {
        var output = ToolOutput()
        output.print("one")
        output.complain("two")
        #expect(output.output == "one\n")
        #expect(output.errors == "two\n")
        #expect(output.code == 0)
    }
}
