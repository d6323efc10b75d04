internal import CLibrary
internal import KTSDBTools

extension ToolOutput {
    /// Prints the output, and ends the program with its exit code.
    func finish() -> Never {
        for piece in pieces {
            let descriptor = piece.isError ? STDERR_FILENO : STDOUT_FILENO
            var rest = Array(piece.text.utf8)[...]
            while !rest.isEmpty {
                let count = SystemCall.writeBytes(descriptor, Array(rest))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
        }
        exit(code)
    }
}
