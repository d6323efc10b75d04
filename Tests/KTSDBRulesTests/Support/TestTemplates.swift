import KTSDBRules

/// What tests expand templates with.
let testTemplates: any RuleTemplates = GoRuleTemplates()
