internal import ArgumentParser
internal import KTSDBServer
internal import KTSDBTools

/// Prints a script with which a shell completes commands and flags.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print the script with which a shell completes commands and flags.",
        discussion: """
            Install it where the shell looks for such scripts, for example:

              ktsdb completion bash > /etc/bash_completion.d/ktsdb
              ktsdb completion zsh > /usr/local/share/zsh/site-functions/_ktsdb
              ktsdb completion fish > ~/.config/fish/completions/ktsdb.fish
            """)

    @Argument(help: "The shell: bash, zsh or fish.")
    var shell: String

    func run() throws {
        guard let shell = ShellCompletion(rawValue: shell) else {
            throw ValidationError("\(shell) is not supported; give bash, zsh or fish")
        }
        guard let root = ProgramManual.root() else { throw StartError("the commands cannot be described") }
        print(shell.script(root), terminator: "")
    }
}
