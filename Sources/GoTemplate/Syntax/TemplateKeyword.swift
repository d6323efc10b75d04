/// Words that are not names of functions.
enum TemplateKeyword: String {
    case block, `break`, `continue`, define, `else`, end, `if`, range, template, with
}
