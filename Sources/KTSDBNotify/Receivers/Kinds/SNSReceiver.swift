/// Amazon's Simple Notification Service: only its configuration is checked; this version does not deliver to it.
enum SNSReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "sns.plain",
        common(sendsResolved: true) + Field.texts("api_url", "topic_arn", "phone_number", "target_arn")
            + templates("sns", [("subject", "subject"), ("message", "message")]) + Field.of(.textMap, "attributes")
            + Field.of(
                .fields(
                    ConfigurationSchema(
                        "sigv4.plain",
                        Field.texts("region", "access_key", "profile", "role_arn", "external_id")
                            + Field.of(.secret, "secret_key")
                            + [.flag("use_fips_sts_endpoint")], validate: validateSignature)), "sigv4")
            + [.flag("use_aws_http_client")]
    ) { values throws(NotifierConfigurationError) in
        let hasTarget = values.has("target_arn"), hasTopic = values.has("topic_arn")
        try refuse(
            (!hasTarget != !hasTopic) != !values.has("phone_number"),
            "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config")
    }

    private static let validateSignature: ConfigurationSchema.Validation = {
        values throws(NotifierConfigurationError) in
        try refuse(
            values.has("access_key") != values.has("secret_key"),
            "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config")
    }

    static let isDelivered = false
}
