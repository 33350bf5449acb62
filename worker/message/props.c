/*
 * The names of properties: every one of [MS-OXPROPS] section 2 that mail is seen with.
 * One property is one row; the prefixes PidTag, PidLid and PidName are put before it.
 */
#include <string.h>

#include "base/arena.h"
#include "message/message.h"

/* By id. Where the type decides the name the row with the type stands first. */
static const struct plain {
	uint16_t id;
	uint16_t type; /* PT_UNSPECIFIED: any */
	const char *name;
} plain[] = {
	/* clang-format off */
	{ 0x0001, PT_UNSPECIFIED, "AcknowledgementMode" },
	{ 0x0002, PT_UNSPECIFIED, "AlternateRecipientAllowed" },
	{ 0x0004, PT_UNSPECIFIED, "AutoForwardComment" },
	{ 0x0005, PT_UNSPECIFIED, "AutoForwarded" },
	{ 0x000b, PT_UNSPECIFIED, "ConversationKey" },
	{ 0x000f, PT_UNSPECIFIED, "DeferredDeliveryTime" },
	{ 0x0010, PT_UNSPECIFIED, "DeliverTime" },
	{ 0x0015, PT_UNSPECIFIED, "ExpiryTime" },
	{ 0x0017, PT_UNSPECIFIED, "Importance" },
	{ 0x001a, PT_UNSPECIFIED, "MessageClass" },
	{ 0x0023, PT_UNSPECIFIED, "OriginatorDeliveryReportRequested" },
	{ 0x0025, PT_UNSPECIFIED, "ParentKey" },
	{ 0x0026, PT_UNSPECIFIED, "Priority" },
	{ 0x0029, PT_UNSPECIFIED, "ReadReceiptRequested" },
	{ 0x002a, PT_UNSPECIFIED, "ReceiptTime" },
	{ 0x002b, PT_UNSPECIFIED, "RecipientReassignmentProhibited" },
	{ 0x002e, PT_UNSPECIFIED, "OriginalSensitivity" },
	{ 0x0030, PT_UNSPECIFIED, "ReplyTime" },
	{ 0x0031, PT_UNSPECIFIED, "ReportTag" },
	{ 0x0032, PT_UNSPECIFIED, "ReportTime" },
	{ 0x0036, PT_UNSPECIFIED, "Sensitivity" },
	{ 0x0037, PT_UNSPECIFIED, "Subject" },
	{ 0x0039, PT_UNSPECIFIED, "ClientSubmitTime" },
	{ 0x003a, PT_UNSPECIFIED, "ReportName" },
	{ 0x003b, PT_UNSPECIFIED, "SentRepresentingSearchKey" },
	{ 0x003d, PT_UNSPECIFIED, "SubjectPrefix" },
	{ 0x003f, PT_UNSPECIFIED, "ReceivedByEntryId" },
	{ 0x0040, PT_UNSPECIFIED, "ReceivedByName" },
	{ 0x0041, PT_UNSPECIFIED, "SentRepresentingEntryId" },
	{ 0x0042, PT_UNSPECIFIED, "SentRepresentingName" },
	{ 0x0043, PT_UNSPECIFIED, "ReceivedRepresentingEntryId" },
	{ 0x0044, PT_UNSPECIFIED, "ReceivedRepresentingName" },
	{ 0x0045, PT_UNSPECIFIED, "ReportEntryId" },
	{ 0x0046, PT_UNSPECIFIED, "ReadReceiptEntryId" },
	{ 0x0047, PT_UNSPECIFIED, "MessageSubmissionId" },
	{ 0x0048, PT_UNSPECIFIED, "ProviderSubmitTime" },
	{ 0x0049, PT_UNSPECIFIED, "OriginalSubject" },
	{ 0x004b, PT_UNSPECIFIED, "OriginalMessageClass" },
	{ 0x004d, PT_UNSPECIFIED, "OriginalAuthorName" },
	{ 0x004e, PT_UNSPECIFIED, "OriginalSubmitTime" },
	{ 0x004f, PT_UNSPECIFIED, "ReplyRecipientEntries" },
	{ 0x0050, PT_UNSPECIFIED, "ReplyRecipientNames" },
	{ 0x0051, PT_UNSPECIFIED, "ReceivedBySearchKey" },
	{ 0x0052, PT_UNSPECIFIED, "ReceivedRepresentingSearchKey" },
	{ 0x0053, PT_UNSPECIFIED, "ReadReceiptSearchKey" },
	{ 0x0054, PT_UNSPECIFIED, "ReportSearchKey" },
	{ 0x0055, PT_UNSPECIFIED, "OriginalDeliveryTime" },
	{ 0x0057, PT_UNSPECIFIED, "MessageToMe" },
	{ 0x0058, PT_UNSPECIFIED, "MessageCcMe" },
	{ 0x0059, PT_UNSPECIFIED, "MessageRecipientMe" },
	{ 0x005a, PT_UNSPECIFIED, "OriginalSenderName" },
	{ 0x005b, PT_UNSPECIFIED, "OriginalSenderEntryId" },
	{ 0x005c, PT_UNSPECIFIED, "OriginalSenderSearchKey" },
	{ 0x005d, PT_UNSPECIFIED, "OriginalSentRepresentingName" },
	{ 0x005e, PT_UNSPECIFIED, "OriginalSentRepresentingEntryId" },
	{ 0x005f, PT_UNSPECIFIED, "OriginalSentRepresentingSearchKey" },
	{ 0x0060, PT_UNSPECIFIED, "StartDate" },
	{ 0x0061, PT_UNSPECIFIED, "EndDate" },
	{ 0x0062, PT_UNSPECIFIED, "OwnerAppointmentId" },
	{ 0x0063, PT_UNSPECIFIED, "ResponseRequested" },
	{ 0x0064, PT_UNSPECIFIED, "SentRepresentingAddressType" },
	{ 0x0065, PT_UNSPECIFIED, "SentRepresentingEmailAddress" },
	{ 0x0066, PT_UNSPECIFIED, "OriginalSenderAddressType" },
	{ 0x0067, PT_UNSPECIFIED, "OriginalSenderEmailAddress" },
	{ 0x0068, PT_UNSPECIFIED, "OriginalSentRepresentingAddressType" },
	{ 0x0069, PT_UNSPECIFIED, "OriginalSentRepresentingEmailAddress" },
	{ 0x0070, PT_UNSPECIFIED, "ConversationTopic" },
	{ 0x0071, PT_UNSPECIFIED, "ConversationIndex" },
	{ 0x0072, PT_UNSPECIFIED, "OriginalDisplayBcc" },
	{ 0x0073, PT_UNSPECIFIED, "OriginalDisplayCc" },
	{ 0x0074, PT_UNSPECIFIED, "OriginalDisplayTo" },
	{ 0x0075, PT_UNSPECIFIED, "ReceivedByAddressType" },
	{ 0x0076, PT_UNSPECIFIED, "ReceivedByEmailAddress" },
	{ 0x0077, PT_UNSPECIFIED, "ReceivedRepresentingAddressType" },
	{ 0x0078, PT_UNSPECIFIED, "ReceivedRepresentingEmailAddress" },
	{ 0x007d, PT_UNSPECIFIED, "TransportMessageHeaders" },
	{ 0x007f, PT_UNSPECIFIED, "TnefCorrelationKey" },
	{ 0x0080, PT_UNSPECIFIED, "ReportDisposition" },
	{ 0x0081, PT_UNSPECIFIED, "ReportDispositionMode" },
	{ 0x0807, PT_UNSPECIFIED, "AddressBookRoomCapacity" },
	{ 0x0809, PT_UNSPECIFIED, "AddressBookRoomDescription" },
	{ 0x0c04, PT_UNSPECIFIED, "NonDeliveryReportReasonCode" },
	{ 0x0c05, PT_UNSPECIFIED, "NonDeliveryReportDiagCode" },
	{ 0x0c06, PT_UNSPECIFIED, "NonReceiptNotificationRequested" },
	{ 0x0c08, PT_UNSPECIFIED, "OriginatorNonDeliveryReportRequested" },
	{ 0x0c15, PT_UNSPECIFIED, "RecipientType" },
	{ 0x0c17, PT_UNSPECIFIED, "ReplyRequested" },
	{ 0x0c19, PT_UNSPECIFIED, "SenderEntryId" },
	{ 0x0c1a, PT_UNSPECIFIED, "SenderName" },
	{ 0x0c1b, PT_UNSPECIFIED, "SupplementaryInfo" },
	{ 0x0c1d, PT_UNSPECIFIED, "SenderSearchKey" },
	{ 0x0c1e, PT_UNSPECIFIED, "SenderAddressType" },
	{ 0x0c1f, PT_UNSPECIFIED, "SenderEmailAddress" },
	{ 0x0c20, PT_UNSPECIFIED, "NonDeliveryReportStatusCode" },
	{ 0x0c21, PT_UNSPECIFIED, "RemoteMessageTransferAgent" },
	{ 0x0e01, PT_UNSPECIFIED, "DeleteAfterSubmit" },
	{ 0x0e02, PT_UNSPECIFIED, "DisplayBcc" },
	{ 0x0e03, PT_UNSPECIFIED, "DisplayCc" },
	{ 0x0e04, PT_UNSPECIFIED, "DisplayTo" },
	{ 0x0e06, PT_UNSPECIFIED, "MessageDeliveryTime" },
	{ 0x0e07, PT_UNSPECIFIED, "MessageFlags" },
	{ 0x0e08, PT_UNSPECIFIED, "MessageSize" },
	{ 0x0e09, PT_UNSPECIFIED, "ParentEntryId" },
	{ 0x0e0a, PT_UNSPECIFIED, "SentMailEntryId" },
	{ 0x0e0f, PT_UNSPECIFIED, "Responsibility" },
	{ 0x0e12, PT_UNSPECIFIED, "MessageRecipients" },
	{ 0x0e13, PT_UNSPECIFIED, "MessageAttachments" },
	{ 0x0e14, PT_UNSPECIFIED, "SubmitFlags" },
	{ 0x0e17, PT_UNSPECIFIED, "MessageStatus" },
	{ 0x0e1b, PT_UNSPECIFIED, "HasAttachments" },
	{ 0x0e1d, PT_UNSPECIFIED, "NormalizedSubject" },
	{ 0x0e1f, PT_UNSPECIFIED, "RtfInSync" },
	{ 0x0e20, PT_UNSPECIFIED, "AttachSize" },
	{ 0x0e21, PT_UNSPECIFIED, "AttachNumber" },
	{ 0x0e23, PT_UNSPECIFIED, "InternetArticleNumber" },
	{ 0x0e27, PT_UNSPECIFIED, "SecurityDescriptor" },
	{ 0x0e28, PT_UNSPECIFIED, "PrimarySendAccount" },
	{ 0x0e29, PT_UNSPECIFIED, "NextSendAcct" },
	{ 0x0e2b, PT_UNSPECIFIED, "ToDoItemFlags" },
	{ 0x0e2c, PT_UNSPECIFIED, "SwappedToDoStore" },
	{ 0x0e2d, PT_UNSPECIFIED, "SwappedToDoData" },
	{ 0x0e69, PT_UNSPECIFIED, "Read" },
	{ 0x0e79, PT_UNSPECIFIED, "TrustSender" },
	{ 0x0ff4, PT_UNSPECIFIED, "Access" },
	{ 0x0ff5, PT_UNSPECIFIED, "RowType" },
	{ 0x0ff6, PT_UNSPECIFIED, "InstanceKey" },
	{ 0x0ff7, PT_UNSPECIFIED, "AccessLevel" },
	{ 0x0ff8, PT_UNSPECIFIED, "MappingSignature" },
	{ 0x0ff9, PT_UNSPECIFIED, "RecordKey" },
	{ 0x0ffb, PT_UNSPECIFIED, "StoreEntryId" },
	{ 0x0ffe, PT_UNSPECIFIED, "ObjectType" },
	{ 0x0fff, PT_UNSPECIFIED, "EntryId" },
	{ 0x1000, PT_UNSPECIFIED, "Body" },
	{ 0x1001, PT_UNSPECIFIED, "ReportText" },
	{ 0x1004, PT_UNSPECIFIED, "OriginatorAndDistributionListExpansionHistory" },
	{ 0x1006, PT_UNSPECIFIED, "RtfSyncBodyCrc" },
	{ 0x1007, PT_UNSPECIFIED, "RtfSyncBodyCount" },
	{ 0x1008, PT_UNSPECIFIED, "RtfSyncBodyTag" },
	{ 0x1009, PT_UNSPECIFIED, "RtfCompressed" },
	{ 0x1010, PT_UNSPECIFIED, "RtfSyncPrefixCount" },
	{ 0x1011, PT_UNSPECIFIED, "RtfSyncTrailingCount" },
	{ 0x1013, PT_BINARY, "Html" },
	{ 0x1013, PT_UNSPECIFIED, "BodyHtml" },
	{ 0x1014, PT_UNSPECIFIED, "BodyContentLocation" },
	{ 0x1015, PT_UNSPECIFIED, "BodyContentId" },
	{ 0x1016, PT_UNSPECIFIED, "NativeBody" },
	{ 0x1035, PT_UNSPECIFIED, "InternetMessageId" },
	{ 0x1039, PT_UNSPECIFIED, "InternetReferences" },
	{ 0x1042, PT_UNSPECIFIED, "InReplyToId" },
	{ 0x1043, PT_UNSPECIFIED, "ListHelp" },
	{ 0x1044, PT_UNSPECIFIED, "ListSubscribe" },
	{ 0x1045, PT_UNSPECIFIED, "ListUnsubscribe" },
	{ 0x1046, PT_UNSPECIFIED, "InternetReturnPath" },
	{ 0x1080, PT_UNSPECIFIED, "IconIndex" },
	{ 0x1081, PT_UNSPECIFIED, "LastVerbExecuted" },
	{ 0x1082, PT_UNSPECIFIED, "LastVerbExecutionTime" },
	{ 0x1090, PT_UNSPECIFIED, "FlagStatus" },
	{ 0x1091, PT_UNSPECIFIED, "FlagCompleteTime" },
	{ 0x1095, PT_UNSPECIFIED, "FollowupIcon" },
	{ 0x1096, PT_UNSPECIFIED, "BlockStatus" },
	{ 0x10c3, PT_UNSPECIFIED, "ICalendarStartTime" },
	{ 0x10c4, PT_UNSPECIFIED, "ICalendarEndTime" },
	{ 0x10c5, PT_UNSPECIFIED, "CdoRecurrenceid" },
	{ 0x10ca, PT_UNSPECIFIED, "ICalendarReminderNextTime" },
	{ 0x10f3, PT_UNSPECIFIED, "UrlCompName" },
	{ 0x10f4, PT_UNSPECIFIED, "AttributeHidden" },
	{ 0x10f5, PT_UNSPECIFIED, "AttributeSystem" },
	{ 0x10f6, PT_UNSPECIFIED, "AttributeReadOnly" },
	{ 0x3000, PT_UNSPECIFIED, "Rowid" },
	{ 0x3001, PT_UNSPECIFIED, "DisplayName" },
	{ 0x3002, PT_UNSPECIFIED, "AddressType" },
	{ 0x3003, PT_UNSPECIFIED, "EmailAddress" },
	{ 0x3004, PT_UNSPECIFIED, "Comment" },
	{ 0x3005, PT_UNSPECIFIED, "Depth" },
	{ 0x3007, PT_UNSPECIFIED, "CreationTime" },
	{ 0x3008, PT_UNSPECIFIED, "LastModificationTime" },
	{ 0x300b, PT_UNSPECIFIED, "SearchKey" },
	{ 0x3010, PT_UNSPECIFIED, "TargetEntryId" },
	{ 0x3013, PT_UNSPECIFIED, "ConversationId" },
	{ 0x3016, PT_UNSPECIFIED, "ConversationIndexTracking" },
	{ 0x3018, PT_UNSPECIFIED, "ArchiveTag" },
	{ 0x3019, PT_UNSPECIFIED, "PolicyTag" },
	{ 0x301a, PT_UNSPECIFIED, "RetentionPeriod" },
	{ 0x301b, PT_UNSPECIFIED, "StartDateEtc" },
	{ 0x301c, PT_UNSPECIFIED, "RetentionDate" },
	{ 0x301d, PT_UNSPECIFIED, "RetentionFlags" },
	{ 0x301e, PT_UNSPECIFIED, "ArchivePeriod" },
	{ 0x301f, PT_UNSPECIFIED, "ArchiveDate" },
	{ 0x340d, PT_UNSPECIFIED, "StoreSupportMask" },
	{ 0x3701, PT_OBJECT, "AttachDataObject" },
	{ 0x3701, PT_UNSPECIFIED, "AttachDataBinary" },
	{ 0x3702, PT_UNSPECIFIED, "AttachEncoding" },
	{ 0x3703, PT_UNSPECIFIED, "AttachExtension" },
	{ 0x3704, PT_UNSPECIFIED, "AttachFilename" },
	{ 0x3705, PT_UNSPECIFIED, "AttachMethod" },
	{ 0x3707, PT_UNSPECIFIED, "AttachLongFilename" },
	{ 0x3708, PT_UNSPECIFIED, "AttachPathname" },
	{ 0x3709, PT_UNSPECIFIED, "AttachRendering" },
	{ 0x370a, PT_UNSPECIFIED, "AttachTag" },
	{ 0x370b, PT_UNSPECIFIED, "RenderingPosition" },
	{ 0x370c, PT_UNSPECIFIED, "AttachTransportName" },
	{ 0x370d, PT_UNSPECIFIED, "AttachLongPathname" },
	{ 0x370e, PT_UNSPECIFIED, "AttachMimeTag" },
	{ 0x370f, PT_UNSPECIFIED, "AttachAdditionalInformation" },
	{ 0x3711, PT_UNSPECIFIED, "AttachContentBase" },
	{ 0x3712, PT_UNSPECIFIED, "AttachContentId" },
	{ 0x3713, PT_UNSPECIFIED, "AttachContentLocation" },
	{ 0x3714, PT_UNSPECIFIED, "AttachFlags" },
	{ 0x3719, PT_UNSPECIFIED, "AttachPayloadProviderGuidString" },
	{ 0x371a, PT_UNSPECIFIED, "AttachPayloadClass" },
	{ 0x371b, PT_UNSPECIFIED, "TextAttachmentCharset" },
	{ 0x3900, PT_UNSPECIFIED, "DisplayType" },
	{ 0x3902, PT_UNSPECIFIED, "Templateid" },
	{ 0x3905, PT_UNSPECIFIED, "DisplayTypeEx" },
	{ 0x39fe, PT_UNSPECIFIED, "SmtpAddress" },
	{ 0x39ff, PT_UNSPECIFIED, "AddressBookDisplayNamePrintable" },
	{ 0x3a00, PT_UNSPECIFIED, "Account" },
	{ 0x3a02, PT_UNSPECIFIED, "CallbackTelephoneNumber" },
	{ 0x3a05, PT_UNSPECIFIED, "Generation" },
	{ 0x3a06, PT_UNSPECIFIED, "GivenName" },
	{ 0x3a07, PT_UNSPECIFIED, "GovernmentIdNumber" },
	{ 0x3a08, PT_UNSPECIFIED, "BusinessTelephoneNumber" },
	{ 0x3a09, PT_UNSPECIFIED, "HomeTelephoneNumber" },
	{ 0x3a0a, PT_UNSPECIFIED, "Initials" },
	{ 0x3a0b, PT_UNSPECIFIED, "Keyword" },
	{ 0x3a0c, PT_UNSPECIFIED, "Language" },
	{ 0x3a0d, PT_UNSPECIFIED, "Location" },
	{ 0x3a0f, PT_UNSPECIFIED, "MessageHandlingSystemCommonName" },
	{ 0x3a10, PT_UNSPECIFIED, "OrganizationalIdNumber" },
	{ 0x3a11, PT_UNSPECIFIED, "Surname" },
	{ 0x3a12, PT_UNSPECIFIED, "OriginalEntryId" },
	{ 0x3a15, PT_UNSPECIFIED, "PostalAddress" },
	{ 0x3a16, PT_UNSPECIFIED, "CompanyName" },
	{ 0x3a17, PT_UNSPECIFIED, "Title" },
	{ 0x3a18, PT_UNSPECIFIED, "DepartmentName" },
	{ 0x3a19, PT_UNSPECIFIED, "OfficeLocation" },
	{ 0x3a1a, PT_UNSPECIFIED, "PrimaryTelephoneNumber" },
	{ 0x3a1b, PT_UNSPECIFIED, "Business2TelephoneNumber" },
	{ 0x3a1c, PT_UNSPECIFIED, "MobileTelephoneNumber" },
	{ 0x3a1d, PT_UNSPECIFIED, "RadioTelephoneNumber" },
	{ 0x3a1e, PT_UNSPECIFIED, "CarTelephoneNumber" },
	{ 0x3a1f, PT_UNSPECIFIED, "OtherTelephoneNumber" },
	{ 0x3a20, PT_UNSPECIFIED, "TransmittableDisplayName" },
	{ 0x3a21, PT_UNSPECIFIED, "PagerTelephoneNumber" },
	{ 0x3a22, PT_UNSPECIFIED, "UserCertificate" },
	{ 0x3a23, PT_UNSPECIFIED, "PrimaryFaxNumber" },
	{ 0x3a24, PT_UNSPECIFIED, "BusinessFaxNumber" },
	{ 0x3a25, PT_UNSPECIFIED, "HomeFaxNumber" },
	{ 0x3a26, PT_UNSPECIFIED, "Country" },
	{ 0x3a27, PT_UNSPECIFIED, "Locality" },
	{ 0x3a28, PT_UNSPECIFIED, "StateOrProvince" },
	{ 0x3a29, PT_UNSPECIFIED, "StreetAddress" },
	{ 0x3a2a, PT_UNSPECIFIED, "PostalCode" },
	{ 0x3a2b, PT_UNSPECIFIED, "PostOfficeBox" },
	{ 0x3a2c, PT_UNSPECIFIED, "TelexNumber" },
	{ 0x3a2d, PT_UNSPECIFIED, "IsdnNumber" },
	{ 0x3a2e, PT_UNSPECIFIED, "AssistantTelephoneNumber" },
	{ 0x3a2f, PT_UNSPECIFIED, "Home2TelephoneNumber" },
	{ 0x3a30, PT_UNSPECIFIED, "Assistant" },
	{ 0x3a40, PT_UNSPECIFIED, "SendRichInfo" },
	{ 0x3a41, PT_UNSPECIFIED, "WeddingAnniversary" },
	{ 0x3a42, PT_UNSPECIFIED, "Birthday" },
	{ 0x3a43, PT_UNSPECIFIED, "Hobbies" },
	{ 0x3a44, PT_UNSPECIFIED, "MiddleName" },
	{ 0x3a45, PT_UNSPECIFIED, "DisplayNamePrefix" },
	{ 0x3a46, PT_UNSPECIFIED, "Profession" },
	{ 0x3a47, PT_UNSPECIFIED, "ReferredByName" },
	{ 0x3a48, PT_UNSPECIFIED, "SpouseName" },
	{ 0x3a49, PT_UNSPECIFIED, "ComputerNetworkName" },
	{ 0x3a4a, PT_UNSPECIFIED, "CustomerId" },
	{ 0x3a4b, PT_UNSPECIFIED, "TelecommunicationsDeviceForDeafTelephoneNumber" },
	{ 0x3a4c, PT_UNSPECIFIED, "FtpSite" },
	{ 0x3a4d, PT_UNSPECIFIED, "Gender" },
	{ 0x3a4e, PT_UNSPECIFIED, "ManagerName" },
	{ 0x3a4f, PT_UNSPECIFIED, "Nickname" },
	{ 0x3a50, PT_UNSPECIFIED, "PersonalHomePage" },
	{ 0x3a51, PT_UNSPECIFIED, "BusinessHomePage" },
	{ 0x3a57, PT_UNSPECIFIED, "CompanyMainTelephoneNumber" },
	{ 0x3a58, PT_UNSPECIFIED, "ChildrensNames" },
	{ 0x3a59, PT_UNSPECIFIED, "HomeAddressCity" },
	{ 0x3a5a, PT_UNSPECIFIED, "HomeAddressCountry" },
	{ 0x3a5b, PT_UNSPECIFIED, "HomeAddressPostalCode" },
	{ 0x3a5c, PT_UNSPECIFIED, "HomeAddressStateOrProvince" },
	{ 0x3a5d, PT_UNSPECIFIED, "HomeAddressStreet" },
	{ 0x3a5e, PT_UNSPECIFIED, "HomeAddressPostOfficeBox" },
	{ 0x3a5f, PT_UNSPECIFIED, "OtherAddressCity" },
	{ 0x3a60, PT_UNSPECIFIED, "OtherAddressCountry" },
	{ 0x3a61, PT_UNSPECIFIED, "OtherAddressPostalCode" },
	{ 0x3a62, PT_UNSPECIFIED, "OtherAddressStateOrProvince" },
	{ 0x3a63, PT_UNSPECIFIED, "OtherAddressStreet" },
	{ 0x3a64, PT_UNSPECIFIED, "OtherAddressPostOfficeBox" },
	{ 0x3a70, PT_UNSPECIFIED, "UserX509Certificate" },
	{ 0x3a71, PT_UNSPECIFIED, "SendInternetEncoding" },
	{ 0x3fde, PT_UNSPECIFIED, "InternetCodepage" },
	{ 0x3fdf, PT_UNSPECIFIED, "AutoResponseSuppress" },
	{ 0x3fe3, PT_UNSPECIFIED, "DelegatedByRule" },
	{ 0x3fe7, PT_UNSPECIFIED, "ResolveMethod" },
	{ 0x3fea, PT_UNSPECIFIED, "HasDeferredActionMessages" },
	{ 0x3feb, PT_UNSPECIFIED, "DeferredSendNumber" },
	{ 0x3fec, PT_UNSPECIFIED, "DeferredSendUnits" },
	{ 0x3fed, PT_UNSPECIFIED, "ExpiryNumber" },
	{ 0x3fee, PT_UNSPECIFIED, "ExpiryUnits" },
	{ 0x3fef, PT_UNSPECIFIED, "DeferredSendTime" },
	{ 0x3ff0, PT_UNSPECIFIED, "ConflictEntryId" },
	{ 0x3ff1, PT_UNSPECIFIED, "MessageLocaleId" },
	{ 0x3ff8, PT_UNSPECIFIED, "CreatorName" },
	{ 0x3ff9, PT_UNSPECIFIED, "CreatorEntryId" },
	{ 0x3ffa, PT_UNSPECIFIED, "LastModifierName" },
	{ 0x3ffb, PT_UNSPECIFIED, "LastModifierEntryId" },
	{ 0x3ffd, PT_UNSPECIFIED, "MessageCodepage" },
	{ 0x4019, PT_UNSPECIFIED, "SenderFlags" },
	{ 0x401a, PT_UNSPECIFIED, "SentRepresentingFlags" },
	{ 0x401b, PT_UNSPECIFIED, "ReceivedByFlags" },
	{ 0x401c, PT_UNSPECIFIED, "ReceivedRepresentingFlags" },
	{ 0x4029, PT_UNSPECIFIED, "ReadReceiptAddressType" },
	{ 0x402a, PT_UNSPECIFIED, "ReadReceiptEmailAddress" },
	{ 0x402b, PT_UNSPECIFIED, "ReadReceiptName" },
	{ 0x4030, PT_UNSPECIFIED, "SenderSimpleDisplayName" },
	{ 0x4031, PT_UNSPECIFIED, "SentRepresentingSimpleDisplayName" },
	{ 0x4035, PT_UNSPECIFIED, "ReceivedRepresentingSimpleDisplayName" },
	{ 0x4038, PT_UNSPECIFIED, "CreatorSimpleDisplayName" },
	{ 0x4039, PT_UNSPECIFIED, "LastModifierSimpleDisplayName" },
	{ 0x4076, PT_UNSPECIFIED, "ContentFilterSpamConfidenceLevel" },
	{ 0x4079, PT_UNSPECIFIED, "SenderIdStatus" },
	{ 0x4083, PT_UNSPECIFIED, "PurportedSenderDomain" },
	{ 0x4084, PT_UNSPECIFIED, "ContentFilterPhishingConfidenceLevel" },
	{ 0x5902, PT_UNSPECIFIED, "InternetMailOverrideFormat" },
	{ 0x5909, PT_UNSPECIFIED, "MessageEditorFormat" },
	{ 0x5d01, PT_UNSPECIFIED, "SenderSmtpAddress" },
	{ 0x5d02, PT_UNSPECIFIED, "SentRepresentingSmtpAddress" },
	{ 0x5d05, PT_UNSPECIFIED, "ReadReceiptSmtpAddress" },
	{ 0x5d07, PT_UNSPECIFIED, "ReceivedBySmtpAddress" },
	{ 0x5d08, PT_UNSPECIFIED, "ReceivedRepresentingSmtpAddress" },
	{ 0x5fde, PT_UNSPECIFIED, "RecipientResourceState" },
	{ 0x5fdf, PT_UNSPECIFIED, "RecipientOrder" },
	{ 0x5fe1, PT_UNSPECIFIED, "RecipientProposed" },
	{ 0x5fe3, PT_UNSPECIFIED, "RecipientProposedStartTime" },
	{ 0x5fe4, PT_UNSPECIFIED, "RecipientProposedEndTime" },
	{ 0x5ff6, PT_UNSPECIFIED, "RecipientDisplayName" },
	{ 0x5ff7, PT_UNSPECIFIED, "RecipientEntryId" },
	{ 0x5ffb, PT_UNSPECIFIED, "RecipientTrackStatusTime" },
	{ 0x5ffd, PT_UNSPECIFIED, "RecipientFlags" },
	{ 0x5fff, PT_UNSPECIFIED, "RecipientTrackStatus" },
	{ 0x65c2, PT_UNSPECIFIED, "ReplyTemplateId" },
	{ 0x65c6, PT_UNSPECIFIED, "SecureSubmitFlags" },
	{ 0x65e0, PT_UNSPECIFIED, "SourceKey" },
	{ 0x65e1, PT_UNSPECIFIED, "ParentSourceKey" },
	{ 0x65e2, PT_UNSPECIFIED, "ChangeKey" },
	{ 0x65e3, PT_UNSPECIFIED, "PredecessorChangeList" },
	{ 0x6619, PT_UNSPECIFIED, "UserEntryId" },
	{ 0x664a, PT_UNSPECIFIED, "HasNamedProperties" },
	{ 0x6670, PT_UNSPECIFIED, "LongTermEntryIdFromTable" },
	{ 0x66a1, PT_UNSPECIFIED, "LocaleId" },
	{ 0x6705, PT_UNSPECIFIED, "SortLocaleId" },
	{ 0x6709, PT_UNSPECIFIED, "LocalCommitTime" },
	{ 0x6820, PT_UNSPECIFIED, "ReportingMessageTransferAgent" },
	{ 0x7ff9, PT_UNSPECIFIED, "ExceptionReplaceTime" },
	{ 0x7ffa, PT_UNSPECIFIED, "AttachmentLinkId" },
	{ 0x7ffb, PT_UNSPECIFIED, "ExceptionStartTime" },
	{ 0x7ffc, PT_UNSPECIFIED, "ExceptionEndTime" },
	{ 0x7ffd, PT_UNSPECIFIED, "AttachmentFlags" },
	{ 0x7ffe, PT_UNSPECIFIED, "AttachmentHidden" },
	{ 0x7fff, PT_UNSPECIFIED, "AttachmentContactPhoto" },
	/* clang-format on */
};

/* A property set of the COM family: {xxxxxxxx-0000-0000-C000-000000000046}. */
#define COM_SET(a, b, c, d) \
	{ \
		d, c, b, a, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 \
	}

const uint8_t props_set_common[16] = COM_SET(0x00, 0x06, 0x20, 0x08);
const uint8_t props_set_appointment[16] = COM_SET(0x00, 0x06, 0x20, 0x02);
const uint8_t props_set_task[16] = COM_SET(0x00, 0x06, 0x20, 0x03);
const uint8_t props_set_address[16] = COM_SET(0x00, 0x06, 0x20, 0x04);
const uint8_t props_set_public_strings[16] = COM_SET(0x00, 0x02, 0x03, 0x29);
const uint8_t props_set_internet_headers[16] = COM_SET(0x00, 0x02, 0x03, 0x86);
/* {6ED8DA90-450B-101B-98DA-00AA003F1305} */
const uint8_t props_set_meeting[16] = { 0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10,
	0x98, 0xda, 0x00, 0xaa, 0x00, 0x3f, 0x13, 0x05 };

static const uint8_t set_mapi[16] = COM_SET(0x00, 0x02, 0x03, 0x28);
static const uint8_t set_log[16] = COM_SET(0x00, 0x06, 0x20, 0x0a);
static const uint8_t set_note[16] = COM_SET(0x00, 0x06, 0x20, 0x0e);
static const uint8_t set_report[16] = COM_SET(0x00, 0x06, 0x20, 0x13);
static const uint8_t set_remote[16] = COM_SET(0x00, 0x06, 0x20, 0x14);
static const uint8_t set_sharing[16] = COM_SET(0x00, 0x06, 0x20, 0x40);
static const uint8_t set_post_rss[16] = COM_SET(0x00, 0x06, 0x20, 0x41);
/* {41F28F13-83F4-4114-A584-EEDB5A6B0BFF} */
static const uint8_t set_messaging[16] = { 0x13, 0x8f, 0xf2, 0x41, 0xf4, 0x83, 0x14, 0x41,
	0xa5, 0x84, 0xee, 0xdb, 0x5a, 0x6b, 0x0b, 0xff };
/* {71035549-0739-4DCB-9163-00F0580DBBDF} */
static const uint8_t set_airsync[16] = { 0x49, 0x55, 0x03, 0x71, 0x39, 0x07, 0xcb, 0x4d,
	0x91, 0x63, 0x00, 0xf0, 0x58, 0x0d, 0xbb, 0xdf };
/* {4442858E-A9E3-4E80-B900-317A210CC15B} */
static const uint8_t set_unified_messaging[16] = { 0x8e, 0x85, 0x42, 0x44, 0xe3, 0xa9,
	0x80, 0x4e, 0xb9, 0x00, 0x31, 0x7a, 0x21, 0x0c, 0xc1, 0x5b };

struct lid {
	uint32_t id;
	const char *name;
};

static const struct lid lids_meeting[] = {
	/* clang-format off */
	{ 0x0001, "AttendeeCriticalChange" },
	{ 0x0002, "Where" },
	{ 0x0003, "GlobalObjectId" },
	{ 0x0004, "IsSilent" },
	{ 0x0005, "IsRecurring" },
	{ 0x0006, "RequiredAttendees" },
	{ 0x0007, "OptionalAttendees" },
	{ 0x0008, "ResourceAttendees" },
	{ 0x0009, "DelegateMail" },
	{ 0x000a, "IsException" },
	{ 0x000b, "SingleInvite" },
	{ 0x000c, "TimeZone" },
	{ 0x000d, "StartRecurrenceDate" },
	{ 0x000e, "StartRecurrenceTime" },
	{ 0x000f, "EndRecurrenceDate" },
	{ 0x0010, "EndRecurrenceTime" },
	{ 0x0011, "DayInterval" },
	{ 0x0012, "WeekInterval" },
	{ 0x0013, "MonthInterval" },
	{ 0x0014, "YearInterval" },
	{ 0x0015, "DayOfWeekMask" },
	{ 0x0016, "DayOfMonth" },
	{ 0x0017, "MonthOfYearMask" },
	{ 0x0018, "OldRecurrenceType" },
	{ 0x0019, "DayOfWeekStart" },
	{ 0x001a, "OwnerCriticalChange" },
	{ 0x001c, "CalendarType" },
	{ 0x001d, "AllAttendeesList" },
	{ 0x0023, "CleanGlobalObjectId" },
	{ 0x0024, "AppointmentMessageClass" },
	{ 0x0025, "ProposedWhenProperty" },
	{ 0x0026, "MeetingType" },
	{ 0x0028, "OldLocation" },
	{ 0x0029, "OldWhenStartWhole" },
	{ 0x002a, "OldWhenEndWhole" },
	/* clang-format on */
};

static const struct lid lids_appointment[] = {
	/* clang-format off */
	{ 0x8200, "SendMeetingAsIcal" },
	{ 0x8201, "AppointmentSequence" },
	{ 0x8202, "AppointmentSequenceTime" },
	{ 0x8203, "AppointmentLastSequence" },
	{ 0x8204, "ChangeHighlight" },
	{ 0x8205, "BusyStatus" },
	{ 0x8206, "FExceptionalBody" },
	{ 0x8207, "AppointmentAuxiliaryFlags" },
	{ 0x8208, "Location" },
	{ 0x8209, "MeetingWorkspaceUrl" },
	{ 0x820a, "ForwardInstance" },
	{ 0x820c, "LinkedTaskItems" },
	{ 0x820d, "AppointmentStartWhole" },
	{ 0x820e, "AppointmentEndWhole" },
	{ 0x820f, "AppointmentStartTime" },
	{ 0x8210, "AppointmentEndTime" },
	{ 0x8211, "AppointmentEndDate" },
	{ 0x8212, "AppointmentStartDate" },
	{ 0x8213, "AppointmentDuration" },
	{ 0x8214, "AppointmentColor" },
	{ 0x8215, "AppointmentSubType" },
	{ 0x8216, "AppointmentRecur" },
	{ 0x8217, "AppointmentStateFlags" },
	{ 0x8218, "ResponseStatus" },
	{ 0x8220, "AppointmentReplyTime" },
	{ 0x8223, "Recurring" },
	{ 0x8224, "IntendedBusyStatus" },
	{ 0x8226, "AppointmentUpdateTime" },
	{ 0x8228, "ExceptionReplaceTime" },
	{ 0x8229, "FInvited" },
	{ 0x822b, "FExceptionalAttendees" },
	{ 0x822e, "OwnerName" },
	{ 0x822f, "FOthersAppointment" },
	{ 0x8230, "AppointmentReplyName" },
	{ 0x8231, "RecurrenceType" },
	{ 0x8232, "RecurrencePattern" },
	{ 0x8233, "TimeZoneStruct" },
	{ 0x8234, "TimeZoneDescription" },
	{ 0x8235, "ClipStart" },
	{ 0x8236, "ClipEnd" },
	{ 0x8237, "OriginalStoreEntryId" },
	{ 0x8238, "AllAttendeesString" },
	{ 0x823a, "AutoFillLocation" },
	{ 0x823b, "ToAttendeesString" },
	{ 0x823c, "CcAttendeesString" },
	{ 0x8240, "ConferencingCheck" },
	{ 0x8241, "ConferencingType" },
	{ 0x8242, "Directory" },
	{ 0x8243, "OrganizerAlias" },
	{ 0x8244, "AutoStartCheck" },
	{ 0x8246, "AllowExternalCheck" },
	{ 0x8247, "CollaborateDoc" },
	{ 0x8248, "NetShowUrl" },
	{ 0x8249, "OnlinePassword" },
	{ 0x8250, "AppointmentProposedStartWhole" },
	{ 0x8251, "AppointmentProposedEndWhole" },
	{ 0x8256, "AppointmentProposedDuration" },
	{ 0x8257, "AppointmentCounterProposal" },
	{ 0x8259, "AppointmentProposalNumber" },
	{ 0x825a, "AppointmentNotAllowPropose" },
	{ 0x825d, "AppointmentUnsendableRecipients" },
	{ 0x825e, "AppointmentTimeZoneDefinitionStartDisplay" },
	{ 0x825f, "AppointmentTimeZoneDefinitionEndDisplay" },
	{ 0x8260, "AppointmentTimeZoneDefinitionRecur" },
	{ 0x827a, "InboundICalStream" },
	{ 0x827b, "SingleBodyICal" },
	/* clang-format on */
};

static const struct lid lids_common[] = {
	/* clang-format off */
	{ 0x8501, "ReminderDelta" },
	{ 0x8502, "ReminderTime" },
	{ 0x8503, "ReminderSet" },
	{ 0x8505, "ReminderTimeDate" },
	{ 0x8506, "Private" },
	{ 0x850e, "AgingDontAgeMe" },
	{ 0x8510, "SideEffects" },
	{ 0x8511, "RemoteStatus" },
	{ 0x8514, "SmartNoAttach" },
	{ 0x8516, "CommonStart" },
	{ 0x8517, "CommonEnd" },
	{ 0x8518, "TaskMode" },
	{ 0x8519, "TaskGlobalId" },
	{ 0x851a, "AutoProcessState" },
	{ 0x851c, "ReminderOverride" },
	{ 0x851d, "ReminderType" },
	{ 0x851e, "ReminderPlaySound" },
	{ 0x851f, "ReminderFileParameter" },
	{ 0x8520, "VerbStream" },
	{ 0x8524, "VerbResponse" },
	{ 0x8530, "FlagRequest" },
	{ 0x8535, "Billing" },
	{ 0x8536, "NonSendableTo" },
	{ 0x8537, "NonSendableCc" },
	{ 0x8538, "NonSendableBcc" },
	{ 0x8539, "Companies" },
	{ 0x853a, "Contacts" },
	{ 0x8543, "NonSendToTrackStatus" },
	{ 0x8544, "NonSendCcTrackStatus" },
	{ 0x8545, "NonSendBccTrackStatus" },
	{ 0x8552, "CurrentVersion" },
	{ 0x8554, "CurrentVersionName" },
	{ 0x8560, "ReminderSignalTime" },
	{ 0x8580, "InternetAccountName" },
	{ 0x8581, "InternetAccountStamp" },
	{ 0x8582, "UseTnef" },
	{ 0x8584, "ContactLinkSearchKey" },
	{ 0x8585, "ContactLinkEntry" },
	{ 0x8586, "ContactLinkName" },
	{ 0x859c, "SpamOriginalFolder" },
	{ 0x85a0, "ToDoOrdinalDate" },
	{ 0x85a1, "ToDoSubOrdinal" },
	{ 0x85a4, "ToDoTitle" },
	{ 0x85b1, "InstantMessagingAddress" },
	{ 0x85b5, "Classified" },
	{ 0x85b6, "Classification" },
	{ 0x85b7, "ClassificationDescription" },
	{ 0x85b8, "ClassificationGuid" },
	{ 0x85ba, "ClassificationKeep" },
	{ 0x85bd, "ReferenceEntryId" },
	{ 0x85bf, "ValidFlagStringProof" },
	{ 0x85c0, "FlagString" },
	/* clang-format on */
};

static const struct lid lids_task[] = {
	/* clang-format off */
	{ 0x8101, "TaskStatus" },
	{ 0x8102, "PercentComplete" },
	{ 0x8103, "TeamTask" },
	{ 0x8104, "TaskStartDate" },
	{ 0x8105, "TaskDueDate" },
	{ 0x8107, "TaskResetReminder" },
	{ 0x8108, "TaskAccepted" },
	{ 0x8109, "TaskDeadOccurrence" },
	{ 0x810f, "TaskDateCompleted" },
	{ 0x8110, "TaskActualEffort" },
	{ 0x8111, "TaskEstimatedEffort" },
	{ 0x8112, "TaskVersion" },
	{ 0x8113, "TaskState" },
	{ 0x8115, "TaskLastUpdate" },
	{ 0x8116, "TaskRecurrence" },
	{ 0x8117, "TaskAssigners" },
	{ 0x8119, "TaskStatusOnComplete" },
	{ 0x811a, "TaskHistory" },
	{ 0x811b, "TaskUpdates" },
	{ 0x811c, "TaskComplete" },
	{ 0x811e, "TaskFCreator" },
	{ 0x811f, "TaskOwner" },
	{ 0x8120, "TaskMultipleRecipients" },
	{ 0x8121, "TaskAssigner" },
	{ 0x8122, "TaskLastUser" },
	{ 0x8123, "TaskOrdinal" },
	{ 0x8124, "TaskNoCompute" },
	{ 0x8125, "TaskLastDelegate" },
	{ 0x8126, "TaskFRecurring" },
	{ 0x8127, "TaskRole" },
	{ 0x8129, "TaskOwnership" },
	{ 0x812a, "TaskAcceptanceState" },
	{ 0x812c, "TaskFFixOffline" },
	{ 0x8139, "TaskCustomFlags" },
	/* clang-format on */
};

static const struct lid lids_address[] = {
	/* clang-format off */
	{ 0x8005, "FileUnder" },
	{ 0x8006, "FileUnderId" },
	{ 0x8007, "ContactItemData" },
	{ 0x800e, "ReferredBy" },
	{ 0x8010, "Department" },
	{ 0x8015, "HasPicture" },
	{ 0x801a, "HomeAddress" },
	{ 0x801b, "WorkAddress" },
	{ 0x801c, "OtherAddress" },
	{ 0x8022, "PostalAddressId" },
	{ 0x8023, "ContactCharacterSet" },
	{ 0x8025, "AutoLog" },
	{ 0x8026, "FileUnderList" },
	{ 0x8028, "AddressBookProviderEmailList" },
	{ 0x8029, "AddressBookProviderArrayType" },
	{ 0x802b, "Html" },
	{ 0x802c, "YomiFirstName" },
	{ 0x802d, "YomiLastName" },
	{ 0x802e, "YomiCompanyName" },
	{ 0x8045, "WorkAddressStreet" },
	{ 0x8046, "WorkAddressCity" },
	{ 0x8047, "WorkAddressState" },
	{ 0x8048, "WorkAddressPostalCode" },
	{ 0x8049, "WorkAddressCountry" },
	{ 0x804a, "WorkAddressPostOfficeBox" },
	{ 0x804c, "DistributionListChecksum" },
	{ 0x804d, "BirthdayEventEntryId" },
	{ 0x804e, "AnniversaryEventEntryId" },
	{ 0x8053, "DistributionListName" },
	{ 0x8054, "DistributionListOneOffMembers" },
	{ 0x8055, "DistributionListMembers" },
	{ 0x8062, "InstantMessagingAddress" },
	{ 0x8080, "Email1DisplayName" },
	{ 0x8082, "Email1AddressType" },
	{ 0x8083, "Email1EmailAddress" },
	{ 0x8084, "Email1OriginalDisplayName" },
	{ 0x8085, "Email1OriginalEntryId" },
	{ 0x8090, "Email2DisplayName" },
	{ 0x8092, "Email2AddressType" },
	{ 0x8093, "Email2EmailAddress" },
	{ 0x8094, "Email2OriginalDisplayName" },
	{ 0x8095, "Email2OriginalEntryId" },
	{ 0x80a0, "Email3DisplayName" },
	{ 0x80a2, "Email3AddressType" },
	{ 0x80a3, "Email3EmailAddress" },
	{ 0x80a4, "Email3OriginalDisplayName" },
	{ 0x80a5, "Email3OriginalEntryId" },
	{ 0x80b2, "Fax1AddressType" },
	{ 0x80b3, "Fax1EmailAddress" },
	{ 0x80c2, "Fax2AddressType" },
	{ 0x80c3, "Fax2EmailAddress" },
	{ 0x80d2, "Fax3AddressType" },
	{ 0x80d3, "Fax3EmailAddress" },
	{ 0x80d8, "FreeBusyLocation" },
	{ 0x80da, "HomeAddressCountryCode" },
	{ 0x80db, "WorkAddressCountryCode" },
	{ 0x80dc, "OtherAddressCountryCode" },
	{ 0x80dd, "AddressCountryCode" },
	{ 0x80de, "BirthdayLocal" },
	{ 0x80df, "WeddingAnniversaryLocal" },
	/* clang-format on */
};

static const struct lid lids_log[] = {
	/* clang-format off */
	{ 0x8700, "LogType" },
	{ 0x8706, "LogStart" },
	{ 0x8707, "LogDuration" },
	{ 0x8708, "LogEnd" },
	{ 0x870c, "LogFlags" },
	{ 0x870e, "LogDocumentPrinted" },
	{ 0x870f, "LogDocumentSaved" },
	{ 0x8710, "LogDocumentRouted" },
	{ 0x8711, "LogDocumentPosted" },
	{ 0x8712, "LogTypeDesc" },
	/* clang-format on */
};

static const struct lid lids_note[] = {
	/* clang-format off */
	{ 0x8b00, "NoteColor" },
	{ 0x8b02, "NoteWidth" },
	{ 0x8b03, "NoteHeight" },
	{ 0x8b04, "NoteX" },
	{ 0x8b05, "NoteY" },
	/* clang-format on */
};

#define LIDS(table) table, sizeof table / sizeof table[0]

static const struct set {
	const uint8_t *guid;
	const char *name;
	const struct lid *lids;
	size_t count;
} sets[] = {
	{ props_set_common, "PSETID_Common", LIDS(lids_common) },
	{ props_set_appointment, "PSETID_Appointment", LIDS(lids_appointment) },
	{ props_set_meeting, "PSETID_Meeting", LIDS(lids_meeting) },
	{ props_set_task, "PSETID_Task", LIDS(lids_task) },
	{ props_set_address, "PSETID_Address", LIDS(lids_address) },
	{ set_log, "PSETID_Log", LIDS(lids_log) },
	{ set_note, "PSETID_Note", LIDS(lids_note) },
	{ props_set_public_strings, "PS_PUBLIC_STRINGS", NULL, 0 },
	{ props_set_internet_headers, "PS_INTERNET_HEADERS", NULL, 0 },
	{ set_mapi, "PS_MAPI", NULL, 0 },
	{ set_report, "PSETID_Report", NULL, 0 },
	{ set_remote, "PSETID_Remote", NULL, 0 },
	{ set_sharing, "PSETID_Sharing", NULL, 0 },
	{ set_post_rss, "PSETID_PostRss", NULL, 0 },
	{ set_messaging, "PSETID_Messaging", NULL, 0 },
	{ set_airsync, "PSETID_AirSync", NULL, 0 },
	{ set_unified_messaging, "PSETID_UnifiedMessaging", NULL, 0 },
};

/* Named by a string: the name in the file and the canonical one. */
static const struct string_name {
	const uint8_t *guid;
	const char *name, *label;
} string_names[] = {
	{ props_set_public_strings, "Keywords", "Keywords" },
	{ props_set_internet_headers, "content-class", "ContentClass" },
	{ props_set_internet_headers, "content-type", "ContentType" },
	{ props_set_internet_headers, "accept-language", "AcceptLanguage" },
	{ props_set_internet_headers, "x-ms-exchange-organization-authas",
	    "ExchangeOrganizationAuthAs" },
	{ props_set_internet_headers, "x-ms-has-attach", "XMsHasAttach" },
	{ props_set_internet_headers, "x-mailer", "XMailer" },
};

/* Types by their names in [MS-OXCDATA] section 2.11.1. */
static const struct type_name {
	uint16_t type;
	const char *name;
} type_names[] = {
	{ PT_UNSPECIFIED, "PtypUnspecified" },
	{ PT_NULL, "PtypNull" },
	{ PT_SHORT, "PtypInteger16" },
	{ PT_LONG, "PtypInteger32" },
	{ PT_FLOAT, "PtypFloating32" },
	{ PT_DOUBLE, "PtypFloating64" },
	{ PT_CURRENCY, "PtypCurrency" },
	{ PT_APPTIME, "PtypFloatingTime" },
	{ PT_ERROR, "PtypErrorCode" },
	{ PT_BOOLEAN, "PtypBoolean" },
	{ PT_OBJECT, "PtypObject" },
	{ PT_I8, "PtypInteger64" },
	{ PT_STRING8, "PtypString8" },
	{ PT_UNICODE, "PtypString" },
	{ PT_SYSTIME, "PtypTime" },
	{ PT_CLSID, "PtypGuid" },
	{ PT_SVREID, "PtypServerId" },
	{ PT_SRESTRICT, "PtypRestriction" },
	{ PT_ACTIONS, "PtypRuleAction" },
	{ PT_BINARY, "PtypBinary" },
	{ PT_MV | PT_SHORT, "PtypMultipleInteger16" },
	{ PT_MV | PT_LONG, "PtypMultipleInteger32" },
	{ PT_MV | PT_FLOAT, "PtypMultipleFloating32" },
	{ PT_MV | PT_DOUBLE, "PtypMultipleFloating64" },
	{ PT_MV | PT_CURRENCY, "PtypMultipleCurrency" },
	{ PT_MV | PT_APPTIME, "PtypMultipleFloatingTime" },
	{ PT_MV | PT_I8, "PtypMultipleInteger64" },
	{ PT_MV | PT_STRING8, "PtypMultipleString8" },
	{ PT_MV | PT_UNICODE, "PtypMultipleString" },
	{ PT_MV | PT_SYSTIME, "PtypMultipleTime" },
	{ PT_MV | PT_CLSID, "PtypMultipleGuid" },
	{ PT_MV | PT_BINARY, "PtypMultipleBinary" },
};

static const char *plain_label(struct arena *arena, const struct prop *p)
{
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (plain[i].id == p->id &&
		    (plain[i].type == PT_UNSPECIFIED || plain[i].type == p->type))
			return arena_printf(arena, "PidTag%s", plain[i].name);
	return arena_printf(arena, "0x%04x", p->id);
}

/* The set's name, or its GUID as people write it. */
static const char *set_label(
    struct arena *arena, const struct set *set, const uint8_t *guid)
{
	const uint8_t *g = guid;

	if (set)
		return set->name;
	return arena_printf(arena,
	    "{%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
	    g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11],
	    g[12], g[13], g[14], g[15]);
}

/* A name from the file, fit for a line: controls, blanks and backslashes as \xNN. */
static const char *quote_name(struct arena *arena, struct text name)
{
	static const char digits[] = "0123456789abcdef";
	char *to = arena_array(arena, name.len + 1, 4), *end = to;

	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.s[i];
		if (c > ' ' && c != 0x7f && c != '\\') {
			*end++ = (char)c;
			continue;
		}
		*end++ = '\\';
		*end++ = 'x';
		*end++ = digits[c >> 4];
		*end++ = digits[c & 15];
	}
	return to;
}

static const char *string_label(
    struct arena *arena, const struct set *set, const struct prop_name *n)
{
	for (size_t i = 0; i < sizeof string_names / sizeof string_names[0]; i++)
		if (memcmp(string_names[i].guid, n->set, 16) == 0 &&
		    strlen(string_names[i].name) == n->name.len &&
		    memcmp(string_names[i].name, n->name.s, n->name.len) == 0)
			return arena_printf(arena, "PidName%s", string_names[i].label);
	return arena_printf(
	    arena, "%s:%s", set_label(arena, set, n->set), quote_name(arena, n->name));
}

const char *prop_label(struct arena *arena, const struct prop *p)
{
	const struct prop_name *n = p->name;
	const struct set *set = NULL;

	if (!n)
		return plain_label(arena, p);
	for (size_t i = 0; i < sizeof sets / sizeof sets[0] && !set; i++)
		if (memcmp(sets[i].guid, n->set, 16) == 0)
			set = &sets[i];
	if (n->is_string)
		return string_label(arena, set, n);
	for (size_t i = 0; set && i < set->count; i++)
		if (set->lids[i].id == n->id)
			return arena_printf(arena, "PidLid%s", set->lids[i].name);
	return arena_printf(arena, "%s:0x%04x", set_label(arena, set, n->set), n->id);
}

const char *prop_type_label(struct arena *arena, uint16_t type)
{
	for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return arena_printf(arena, "0x%04x", type);
}
