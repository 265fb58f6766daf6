import { listOf, pad, pick } from './generate.ts';

export interface DemoContact {
  id: string;
  name: string;
  company: string;
  email: string;
  phone: string;
}

export const agents = [
  { id: 'agent_123', name: 'Sales Team' },
  { id: 'agent_124', name: 'Rina Wijaya' },
  { id: 'agent_125', name: 'Marcus Bell' },
  { id: 'agent_126', name: 'Support Desk' },
];

/** The contact of the documented examples. */
export const john: DemoContact = {
  id: 'contact_xyz',
  name: 'John Smith',
  company: 'Acme Corp',
  email: 'john@acme.example',
  phone: '+62812345678',
};

const phonePrefixes = ['+141555501', '+4420794600', '+612555010'];

/** Names and companies of the contacts `contact_001`, `contact_002` and so on. */
const people = listOf(`
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

export const otherContacts = people.map((text, index): DemoContact => {
  const [name = '', company = ''] = text.split(' / ');
  return {
    id: `contact_${pad(index + 1)}`,
    name,
    company,
    email: `${slug(name.replace(/ .*/, ''))}@${slug(company)}.example`,
    phone: `${pick(phonePrefixes, index)}${10 + index}`,
  };
});

function slug(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z]/g, '');
}
