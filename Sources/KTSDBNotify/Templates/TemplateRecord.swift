package import GoTemplate

/// A struct as templates see it, with the names that its fields have in JSON.
package struct TemplateRecord: GoObject {
    package let typeName: String
    package let isPointer: Bool
    package let fields: [GoField]
    /// The names in JSON, in the order of the fields.
    package let jsonNames: [String]
    /// Fields that Alertmanager does not have: templates can read them by name, but they are not printed, nor in JSON.
    package var own: [GoField] = []

    package init(_ typeName: String, isPointer: Bool = false, _ fields: [(name: String, json: String, value: GoValue)])
    {
        self.typeName = typeName
        self.isPointer = isPointer
        self.fields = fields.map { GoField($0.name, $0.value) }
        jsonNames = fields.map(\.json)
    }

    package func field(_ name: String) -> GoValue? {
        fields.first { $0.name == name }?.value ?? own.first { $0.name == name }?.value
    }
}
