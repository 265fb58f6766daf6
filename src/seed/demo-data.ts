import type { Prisma } from '../generated/prisma/client.ts';

/** What a board's items are about: it decides which values they carry. */
export type Kind = 'deal' | 'ticket' | 'candidate' | 'idea';

export interface BoardPlan {
  id: string;
  name: string;
  description: string;
  kind: Kind;
  createdAt: string;
  updatedAt?: string;
  /** All items came in at this one moment. */
  importedAt?: string;
  allowDelete?: boolean;
  allowReorder?: boolean;
  /** How many items each column has. */
  columns: Record<string, number>;
  wipLimits?: Record<string, number>;
  archiveDays?: Record<string, number>;
  subjects: string[];
  labels: string[];
}

export const agents = [
  { id: 'agent_123', name: 'Sales Team' },
  { id: 'agent_124', name: 'Rina Wijaya' },
  { id: 'agent_125', name: 'Marcus Bell' },
  { id: 'agent_126', name: 'Support Desk' },
];

export const john = {
  id: 'contact_xyz',
  name: 'John Smith',
  company: 'Acme Corp',
  email: 'john@acme.example',
  phone: '+62812345678',
};

/** Name and company of contact_001, contact_002 and so on. */
export const people = list(`
  Siti Rahayu / Nusantara Foods, Daniel Okafor / Borealis Logistics, Zoë Müller / Lindenhof Hotels,
  José Álvarez / Café Lumière, Priya Raman / Indigo Textiles, Tom Becker / Ridgeway Cycles,
  Aiko Tanaka / Mirai Robotics, Grace Mbeki / Savanna Solar, Budi Santoso / Garuda Parts,
  Elena Petrova / Northlight Clinics, Liam O’Connor / Harbour & Sons, Fatima Zahra / Atlas Ceramics,
  Noah Williams / Bluefin Seafood, Chiara Rossi / Olivella Oils, Dewi Lestari / Kirana Batik,
  Hugo Lefèvre / Vélo Parisien, Mei Chen / Jade River Tea, Samuel Kim / Hanbit Games,
  Ingrid Solberg / Fjordline Ferries, Omar Haddad / Cedar Pharmacies, Anya Sharma / Lotus Learning,
  Peter Novák / Moravia Glass, Joko Prasetyo / Bromo Adventures, Claire Dubois / Maison Dubois,
  Victor Silva / Porto Azul Shipping, Hannah Schmidt / Elbe Print Works,
  Rizky Hidayat / Samudra Tech, Olivia Brown / Willow Veterinary, Mateo García / Pampa Leather,
  Amara Nwosu / Lagos Fresh Market
`);

export const boards: BoardPlan[] = [
  {
    id: 'board_abc123',
    name: 'Sales Pipeline',
    description: 'Main sales pipeline for B2B leads',
    kind: 'deal',
    createdAt: '2025-01-15T08:00:00Z',
    updatedAt: '2025-03-27T14:30:00Z',
    columns: { Lead: 42, Qualified: 35, Proposal: 28, Negotiation: 15, 'Closed Won': 7 },
    wipLimits: { Lead: 50, Negotiation: 20 },
    archiveDays: { 'Closed Won': 90 },
    subjects: list(`
      Annual Plan, WhatsApp Campaigns, Contact Centre Upgrade, Pilot for Two Branches,
      Chatbot Rollout, Loyalty Programme, Order Tracking, Team Licences, CRM Migration,
      Shared Inbox, Reporting Add-on
    `),
    labels: ['enterprise', 'hot-lead', 'smb', 'follow-up', 'referral'],
  },
  {
    id: 'board_def456',
    name: 'Support Queue',
    description: 'Customer support ticket queue',
    kind: 'ticket',
    createdAt: '2025-02-01T10:00:00Z',
    updatedAt: '2025-03-27T16:00:00Z',
    columns: { New: 14, 'In Progress': 16, 'Waiting on Customer': 9, Resolved: 6 },
    wipLimits: { 'In Progress': 20 },
    archiveDays: { 'Waiting on Customer': 14, Resolved: 30 },
    subjects: list(`
      Cannot sign in, Messages arrive twice, Export stops half-way, Wrong total on invoice,
      Webhook is not called, Change of billing address, Slow search in contacts
    `),
    labels: ['bug', 'billing', 'urgent', 'how-to', 'vip'],
  },
  {
    id: 'board_ghi789',
    name: 'Partner Program',
    description: 'Resellers and referral partners',
    kind: 'deal',
    createdAt: '2025-02-05T09:00:00Z',
    columns: { Applied: 4, Reviewing: 3, Signed: 2 },
    subjects: list('Reseller Agreement, Referral Agreement, Joint Webinar, Integration Listing'),
    labels: ['reseller', 'referral', 'tier-1'],
  },
  {
    id: 'board_jkl012',
    name: 'Customer Onboarding',
    description: 'From signature to first results',
    kind: 'ticket',
    createdAt: '2025-02-10T09:30:00Z',
    columns: { 'Kick-off': 3, 'Data Import': 4, Training: 2, Live: 5 },
    wipLimits: { 'Data Import': 5 },
    subjects: list('Import of contacts, Channel set-up, Agent training, Go-live review'),
    labels: ['remote', 'on-site', 'at-risk'],
  },
  {
    id: 'board_mno345',
    name: 'Renewals',
    description: 'Contracts that end this year',
    kind: 'deal',
    createdAt: '2025-02-14T13:00:00Z',
    allowDelete: false,
    columns: { 'Due in 90 Days': 5, 'Due in 30 Days': 4, Renewed: 6, Lapsed: 2 },
    archiveDays: { Renewed: 60 },
    subjects: list('Annual Renewal, Renewal with Upgrade, Three-Year Renewal, Seat Reduction'),
    labels: ['auto-renew', 'upsell', 'churn-risk'],
  },
  {
    id: 'board_pqr678',
    name: 'Hiring',
    description: 'Open roles in sales and support',
    kind: 'candidate',
    createdAt: '2025-02-20T07:45:00Z',
    columns: { Applied: 4, Interview: 3, Offer: 1, Hired: 2 },
    wipLimits: { Interview: 4 },
    subjects: list('Account Executive, Support Engineer, Sales Analyst'),
    labels: ['remote', 'senior', 'referral'],
  },
  {
    id: 'board_stu901',
    name: 'Trade Show Leads',
    description: 'Badge scans from the spring fair',
    kind: 'deal',
    createdAt: '2025-03-04T15:00:00Z',
    importedAt: '2025-03-05T09:00:00Z',
    columns: { Scanned: 8, Called: 5, 'Handed to Sales': 0 },
    subjects: list('Booth Visit, Demo Request, Prize Draw'),
    labels: ['fair', 'call-back'],
  },
  {
    id: 'board_vwx234',
    name: 'Product Ideas',
    description: 'What customers wish for',
    kind: 'idea',
    createdAt: '2025-03-10T11:20:00Z',
    allowReorder: false,
    columns: { Inbox: 6, Planned: 3, Shipped: 3 },
    subjects: list('Dark mode, Saved filters, Bulk edit of labels, Voice notes, Calendar view'),
    labels: ['quick-win', 'mobile', 'research'],
  },
];

/**
 * John Smith's items by number: title and values. The documented search ("acme", a deal of 10000
 * or more, a chance of 50 or more) finds 1, 48 and 83; each other is left out for its own reason.
 * In 109 and 115 only the contact's e-mail or a key says "acme"; 197 is on another board.
 */
export const johns: Record<number, [title: string, values: Prisma.InputJsonObject]> = {
  1: [
    'Acme Corp - Enterprise Deal',
    {
      contact_name: 'John Smith',
      email: 'john@acme.example',
      deal_value: '50000',
      probability: '75',
      expected_close: '2025-04-15',
    },
  ],
  5: ['Acme Logistics - Fleet Renewal', { deal_value: '9500', probability: '80' }],
  9: ['Acme Foods - Cold Chain Pilot', { deal_value: '60000', probability: 'n/a' }],
  14: ['Acme Studios - Launch Campaign', { deal_value: '1,200', probability: '70' }],
  19: ['Acme Travel - Booking Desk', { deal_value: '', probability: '90' }],
  27: ['Acme Energy - Grid Analytics', { deal_value: '75000', probability: '9' }],
  36: ['Acme Health - Clinics', { deal_value: { amount: 50000, unit: 'USD' }, probability: 65 }],
  48: ['ACME Retail - Loyalty Programme', { deal_value: 18000, probability: 60, trial: true }],
  52: ['Acme Mobility - Charging Network', { deal_value: ['20000', '35000'], probability: '80' }],
  59: ['Acme Bank - Branch Kiosks', { deal_value: null, probability: 70 }],
  62: ['Acme Marine - Dock Sensors', { deal_value: '9.9e3', probability: '60' }],
  66: ['Acme Media - Archive Search', { probability: '55', expected_close: 'next quarter' }],
  83: [
    'Warehouse Automation - Phase Two',
    { account: { name: 'Acme Corp', sites: ['Jakarta'] }, deal_value: '10000', probability: '50' },
  ],
  88: ['Acme Robotics - Assembly Line', { deal_value: '250000', probability: '49.9' }],
  96: ['Acme Events - Ticket Desk', { deal_value: '$45,000', probability: '75%' }],
  101: ['Acme Labs - Research Licence', { deal_value: 'NaN', probability: 'Infinity' }],
  109: ['Joint Venture - Harbour District', { deal_value: '40000', probability: '80' }],
  115: ['Delta Referral', { acme_referral: true, deal_value: '30000', probability: '85' }],
  118: ['Acme Print - Catalogue', { deal_value: 'TBD', probability: 80, due: '2025-02-30' }],
  197: ['Acme Corp - Annual Renewal', { deal_value: '52000', probability: '80' }],
};

/** What the documentation shows of item_001 beside its title and values. */
export const documented = {
  labels: ['enterprise', 'hot-lead'],
  conversationIds: ['conv_001', 'conv_002'],
  createdById: 'agent_123',
  createdAt: '2025-03-20T10:00:00Z',
  updatedAt: '2025-03-27T14:30:00Z',
};

/** By item number: subjects with the letters that patterns and escapes trip over. */
export const oddSubjects: Record<number, string> = {
  72: '100% Renewable Pledge',
  74: 'Q2_Bundle',
  76: 'Archive in C:\\Exports',
  78: 'It’s a "Yes"; 是的 🚀',
};

function list(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}
