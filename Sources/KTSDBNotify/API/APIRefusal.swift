/// The reason why a request is refused before the notifier sees it.
package struct APIRefusal: Error, Sendable {
    /// What the client is answered.
    package var answer: APIAnswer

    /// Something required is missing: `startsAt in body is required`.
    static func missing(_ name: String) -> APIRefusal {
        APIRefusal(answer: .refusal(422, code: 602, "\(name) in body is required"))
    }

    /// A text is not what it should be: `silenceID in path must be of type uuid: "nope"`.
    static func wrongType(_ name: String, in place: String, _ type: String, quoted value: String) -> APIRefusal {
        APIRefusal(answer: .refusal(422, code: 601, "\(name) in \(place) must be of type \(type): \(value)"))
    }

    /// A list has too few elements.
    static func tooFew(_ name: String, minimum: Int) -> APIRefusal {
        APIRefusal(answer: .refusal(422, code: 612, "\(name) in body should have at least \(minimum) items"))
    }

    /// The body is not JSON, or not of the right form.
    static func malformed(_ body: String, _ reason: String) -> APIRefusal {
        APIRefusal(answer: .refusal(400, "parsing \(body) body from \"\" failed, because \(reason)"))
    }
}
