/* SPDX-License-Identifier: ISC */
/* Property sets, and properties that are named by set and number or string. */
#include "message/props.h"

#include "message/message.h"

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
/* {96357F7F-59E1-47D0-99A7-46515C183B54} */
static const uint8_t set_attachment[16] = { 0x7f, 0x7f, 0x35, 0x96, 0xe1, 0x59, 0xd0,
	0x47, 0x99, 0xa7, 0x46, 0x51, 0x5c, 0x18, 0x3b, 0x54 };
/* {4442858E-A9E3-4E80-B900-317A210CC15B} */
static const uint8_t set_unified_messaging[16] = { 0x8e, 0x85, 0x42, 0x44, 0xe3, 0xa9,
	0x80, 0x4e, 0xb9, 0x00, 0x31, 0x7a, 0x21, 0x0c, 0xc1, 0x5b };

static const struct props_lid lids_meeting[] = {
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

static const struct props_lid lids_appointment[] = {
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
	{ 0x8245, "AutoStartWhen" },
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

static const struct props_lid lids_common[] = {
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

static const struct props_lid lids_task[] = {
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

static const struct props_lid lids_address[] = {
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

static const struct props_lid lids_log[] = {
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

static const struct props_lid lids_note[] = {
	/* clang-format off */
	{ 0x8b00, "NoteColor" },
	{ 0x8b02, "NoteWidth" },
	{ 0x8b03, "NoteHeight" },
	{ 0x8b04, "NoteX" },
	{ 0x8b05, "NoteY" },
	/* clang-format on */
};

#define LIDS(table) (table), sizeof(table) / sizeof((table)[0])

const struct props_set props_sets[] = {
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
	{ set_attachment, "PSETID_Attachment", NULL, 0 },
	{ set_unified_messaging, "PSETID_UnifiedMessaging", NULL, 0 },
};

const size_t props_set_count = sizeof props_sets / sizeof props_sets[0];

const struct props_string props_strings[] = {
	{ props_set_public_strings, "Keywords", "Keywords" },
	{ props_set_internet_headers, "content-class", "ContentClass" },
	{ props_set_internet_headers, "content-type", "ContentType" },
	{ props_set_internet_headers, "accept-language", "AcceptLanguage" },
	{ props_set_internet_headers, "x-ms-exchange-organization-authas",
	    "ExchangeOrganizationAuthAs" },
	{ props_set_internet_headers, "x-ms-has-attach", "XMsHasAttach" },
	{ props_set_internet_headers, "x-mailer", "XMailer" },
};

const size_t props_string_count = sizeof props_strings / sizeof props_strings[0];
