/// The blocks of a PEM text (RFC 7468), as far as error messages need them.
struct PEMText {
    /// The labels of the blocks in their order, such as `CERTIFICATE`, `PRIVATE KEY` or `RSA PRIVATE KEY`.
    let labels: [String]

    init(_ text: String) {
        labels = text.split(whereSeparator: \.isNewline).compactMap { line in
            let begin = "-----BEGIN ", end = "-----"
            guard line.hasPrefix(begin), line.hasSuffix(end), line.utf8.count > begin.utf8.count + end.utf8.count else {
                return nil
            }
            return String(line.dropFirst(begin.count).dropLast(end.count))
        }
    }

    private static func isKey(_ label: String) -> Bool { label == "PRIVATE KEY" || label.hasSuffix(" PRIVATE KEY") }

    /// Why the text has no certificate, in Go's words; nil if it has one.
    var certificateProblem: String? {
        guard !labels.contains("CERTIFICATE") else { return nil }
        guard let only = labels.first else { return "tls: failed to find any PEM data in certificate input" }
        if labels.count == 1, Self.isKey(only) {
            return "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM "
                + "inputs may have been switched"
        }
        return #"tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the "#
            + "following types: [\(labels.joined(separator: " "))]"
    }

    /// Why the text has no private key, in Go's words; nil if it has one.
    var keyProblem: String? {
        guard !labels.contains(where: Self.isKey) else { return nil }
        guard let only = labels.first else { return "tls: failed to find any PEM data in key input" }
        if labels.count == 1, only == "CERTIFICATE" {
            return "tls: found a certificate rather than a key in the PEM for the private key"
        }
        return
            #"tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks "#
            + "of the following types: [\(labels.joined(separator: " "))]"
    }
}
