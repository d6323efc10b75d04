import KTSDBTesting
import KTSDBTools
import ProcessTesting
import Testing

/// A small program.
enum ExampleProgram {
    static let dump = #"""
        {"serializationVersion":0,"command":{"commandName":"tool","abstract":"Do things.","discussion":"First it's this.\n\n  tool go -- 'x'\n\n.Then that.",
        "subcommands":[{"commandName":"go","abstract":"Go - there.","arguments":[
        {"kind":"option","isOptional":true,"isRepeating":false,"shouldDisplay":true,"valueName":"form","abstract":"The form. More.",
        "names":[{"kind":"long","name":"format"},{"kind":"short","name":"o"}],"defaultValue":"text","allValues":["text","json"]},
        {"kind":"flag","isOptional":true,"isRepeating":false,"shouldDisplay":true,"abstract":"It's … fast.","names":[{"kind":"long","name":"fast"}]},
        {"kind":"flag","shouldDisplay":false,"names":[{"kind":"long","name":"hidden"}]},
        {"kind":"positional","isOptional":true,"isRepeating":true,"shouldDisplay":true,"valueName":"files","abstract":"The files."}]},
        {"commandName":"ask","abstract":"Ask.","arguments":[{"kind":"positional","valueName":"arguments","isRepeating":true}]},
        {"commandName":"secret","shouldDisplay":false}]}}
        """#

    static func root() throws -> CommandPage {
        var root = try #require(CommandPage(dump: Array(dump.utf8)))
        root.replace(["ask"], with: CommandPage(ToolSyntax.promtool.complete(["query"]), isOwn: true))
        return root
    }
}

@Suite struct `The description of commands` {
    @Test func `is read from what the argument parser writes`() throws {
        let root = try ExampleProgram.root()
        #expect(root.children.map(\.name) == ["go", "ask"])
        let go = try #require(root.child("go"))
        #expect(go.flags.map(\.forms) == [["-o", "--format"], ["--fast"]])
        #expect(go.flags[0].choices == ["text", "json"] && go.flags[0].preset == "text" && go.flags[1].value == nil)
        #expect(go.arguments.map(\.usage) == ["[<files>...]"])
    }

    @Test func `has the flags of the words before a command`() throws {
        let ask = try #require(ExampleProgram.root().child("ask"))
        #expect(ask.summary == "Ask." && ask.children.map(\.name).contains("instant"))
        let instant = try #require(ask.child("instant"))
        #expect(Set(instant.flags.map(\.name)).isSuperset(of: ["time", "format", "server", "data", "enable-feature"]))
        #expect(instant.arguments.map(\.usage) == ["[<server>]", "<expr>"])
    }

    @Test(arguments: ["", "[]", "{}", "{\"command\":5}", "x"])
    func `lives with any text`(_ text: String) {
        #expect(CommandPage(dump: Array(text.utf8))?.children.isEmpty ?? true)
    }
}

@Suite struct `The manual` {
    @Test func `has the commands with their flags`() throws {
        let go = try #require(ExampleProgram.root().child("go"))
        let page = ManualPage(go, words: ["tool", "go"], version: "1.2")
        #expect(page.fileName == "tool-go.1")
        #expect(
            page.text.hasPrefix(
                """
                .TH "TOOL\\-GO" 1 "" "ktsdb 1.2"
                .SH NAME
                tool\\-go \\- go \\- there
                .SH SYNOPSIS
                \\fBtool go\\fR [\\fIflags\\fR] [<files>...]
                .SH OPTIONS
                .TP
                .I [<files>...]
                The files.
                .TP
                \\fB\\-o\\fR, \\fB\\-\\-format\\fR=\\fIform\\fR
                The form. More. One of: text, json. Default: text.
                .TP
                \\fB\\-\\-fast\\fR
                It's \\[u2026] fast.
                .SH EXIT STATUS

                """))
    }

    @Test func `does not take text for macros`() throws {
        let text = ManualPage(try ExampleProgram.root(), words: ["tool"], version: "1", isWhole: false).text
        #expect(text.contains("\n.PP\n\\&.Then that.\n") && text.contains("\n.nf\n  tool go \\-\\- 'x'\n.fi\n"))
        #expect(text.contains("\\fBtool\\-go\\fR(1),\n\\fBtool\\-ask\\fR(1)\n"))
    }

    private static let groff = ["/usr/bin/groff"].first { ToolFiles().kind($0) == .file }

    @Test(.enabled(if: groff != nil, "groff is not installed"))
    func `is formatted without a warning`() async throws {
        for page in ManualPage.all(try ExampleProgram.root(), version: "1") {
            let output = try await ChildProcess.run(
                try #require(Self.groff), ["-man", "-Tutf8", "-ww", "-z"], input: page.text)
            #expect(output.status == 0 && output.errors == "", "\(page.fileName): \(output.errors)")
        }
    }
}

@Suite struct `Completions of shells` {
    private static func complete(_ words: String...) async throws -> [String] {
        let script = try ShellCompletion.bash.script(ExampleProgram.root())
        let array = words.map { "'\($0)'" }.joined(separator: " ")
        let call = """

            COMP_WORDS=(\(array)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tool; printf '%s\\n' "${COMPREPLY[@]}"

            """
        let output = try await ChildProcess.run("/usr/bin/env", ["bash"], input: script + call)
        #expect(output.status == 0 && output.errors == "", "\(output.errors)")
        return output.output.split(separator: "\n").map(String.init)
    }

    @Test func `of bash find commands, flags and their values`() async throws {
        #expect(try await Self.complete("tool", "") == ["go", "ask"])
        #expect(try await Self.complete("tool", "g") == ["go"])
        #expect(try await Self.complete("tool", "go", "--f") == ["--format", "--fast"])
        #expect(try await Self.complete("tool", "go", "--format", "") == ["text", "json"])
        #expect(try await Self.complete("tool", "go", "--fast", "-o", "j") == ["json"])
        #expect(try await Self.complete("tool", "ask", "in") == ["instant"])
        #expect(try await Self.complete("tool", "ask", "instant", "--ti") == ["--time"])
        #expect(try await Self.complete("tool", "ask", "instant", "--time", "x") == [])
        #expect(try await Self.complete("tool", "x", "ask", "labels", "--ma") == ["--match"])
    }

    @Test(arguments: [("zsh", "-n"), ("fish", "--no-execute")])
    func `are scripts that the shell reads, if it is installed`(_ shell: String, _ flag: String) async throws {
        let script = try #require(ShellCompletion(rawValue: shell)).script(ExampleProgram.root())
        #expect(script.contains("'\(shell == "zsh" ? "--fast:It'\\''s … fast" : "It\\'s … fast")'"))
        guard ToolFiles().kind("/usr/bin/\(shell)") == .file else { return }
        let directory = TemporaryDirectory()
        try ToolFiles(root: directory.path).write(script, to: "script")
        let output = try await ChildProcess.run("/usr/bin/\(shell)", [flag, directory.path + "/script"])
        #expect(output.status == 0 && output.errors == "", "\(output.errors)")
    }

    @Test func `of fish and zsh name every command`() throws {
        let root = try ExampleProgram.root()
        for shell in ShellCompletion.allCases {
            let script = shell.script(root)
            for (words, _) in root.all() {
                #expect(script.contains("'\(words.joined(separator: " "))'") || shell == .fish)
            }
            #expect(script.contains("instant") && script.contains("analyze"))
        }
        #expect(ShellCompletion.fish.script(root).contains("-l format -r -f -a 'text json' -d 'The form'"))
    }
}
